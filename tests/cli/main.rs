//! The `lab` binary as a user meets it, with wrong arguments too.
