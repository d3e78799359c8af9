/* A program to watch: walks with few and with many misses, accesses that straddle lines, and
   instructions that read and write one place. */
#include <stdlib.h>
#include <string.h>

enum { SIDE = 64, NODES = 2048, BYTES = 1 << 14 };

static double from[SIDE][SIDE], to[SIDE][SIDE];
static unsigned next[NODES], count[256];
static unsigned char bytes[BYTES + 8];

int main(void) {
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            from[i][j] = i - j;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            to[j][i] += from[i][j];

    /* Every node once: the step has no divisor in common with their number */
    for (unsigned i = 0; i < NODES; i++)
        next[i] = (i + 769) % NODES;
    unsigned at = 0;
    for (int i = 0; i < 2 * NODES; i++)
        at = next[at];

    for (int i = 0; i < BYTES; i++)
        bytes[i] = i * 31;
    for (int i = 0; i < BYTES; i++)
        count[bytes[i]]++;
    unsigned long sum = 0, word;
    for (int i = 0; i < BYTES; i += 13) {
        memcpy(&word, bytes + i, sizeof word);
        sum += word;
    }
    memmove(bytes + 5, bytes, BYTES / 2);

    char *block = malloc(5000);
    memset(block, 1, 4999);
    block[4999] = 0;
    sum += strlen(block + 1) + at + (unsigned long)to[3][5] + count[7];
    free(block);
    return sum == 1;
}
