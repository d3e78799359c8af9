//! Page faults of the calling thread, as the kernel counts them.

/// Minor and major page faults while `body` ran; `None` where the system does not tell.
pub fn during(body: impl FnOnce()) -> Option<(u64, u64)> {
    let before = now()?;
    body();
    let after = now()?;
    Some((after.0 - before.0, after.1 - before.1))
}

/// Minor and major page faults of this thread so far.
fn now() -> Option<(u64, u64)> {
    read(&std::fs::read_to_string("/proc/thread-self/stat").ok()?)
}

/// From the text of `stat`, the tenth and the twelfth field (proc_pid_stat(5)).
fn read(stat: &str) -> Option<(u64, u64)> {
    // The second field is a name in parentheses, which may hold blanks and parentheses itself.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let minor = fields.nth(7)?.parse().ok()?;
    let major = fields.nth(1)?.parse().ok()?;
    Some((minor, major))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_behind_any_name_are_read() {
        let stat = "12 (a (b) c) R 3 4 5 6 7 8 1234 9 56 10 11 12";
        assert_eq!(read(stat), Some((1234, 56)));
        assert_eq!(read("12 (a"), None);
        assert_eq!(read("12 (a) R 3"), None);
    }
}
