/* walk PATTERN ACCESSES: loads of eight bytes, everything else in registers.
   An unknown pattern or none: no loads, but the same start. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BIG = 64 << 20 };
static uint64_t memory[BIG / 8];

#define LOAD(at) (void)*(volatile uint64_t *)((char *)memory + (at))
#define EIGHT(at, step)                                                                            \
    do {                                                                                           \
        LOAD(at); LOAD((at) + (step)); LOAD((at) + 2 * (step)); LOAD((at) + 3 * (step));           \
        LOAD((at) + 4 * (step)); LOAD((at) + 5 * (step)); LOAD((at) + 6 * (step));                 \
        LOAD((at) + 7 * (step));                                                                   \
    } while (0)

int main(int count, char **words) {
    const char *pattern = count > 2 ? words[1] : "";
    uint64_t accesses = count > 2 ? strtoull(words[2], 0, 10) : 0;
    if (!strcmp(pattern, "loop"))
        for (uint64_t done = 0; done < accesses; done += 8)
            EIGHT(done * 8 % (16 << 10), 8);
    else if (!strcmp(pattern, "sequential"))
        for (uint64_t done = 0; done < accesses; done += 8)
            EIGHT(done * 8 % BIG, 8);
    else if (!strcmp(pattern, "stride"))
        for (uint64_t done = 0; done < accesses; done += 8)
            EIGHT(done * 64 % BIG, 64);
    else if (!strcmp(pattern, "random")) {
        uint64_t state = 1;
        for (uint64_t done = 0; done < accesses; done++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            LOAD(state >> 38 & (uint64_t)(BIG - 8));
        }
    }
    return 0;
}
