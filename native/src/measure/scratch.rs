//! Files made to be measured with. They have no name, so the system deletes them however the
//! process ends.

use std::{
    fs::File,
    io::{BufWriter, Write},
};

use anyhow::{Context, Result};

/// A file of so many bytes that cannot be compressed, on the disk and not only in memory.
///
/// # Errors
/// When it cannot be made, such as on a full disk.
pub fn file(bytes: u64) -> Result<File> {
    let folder = std::env::temp_dir();
    let make = || -> std::io::Result<File> {
        let mut writer = BufWriter::new(tempfile::tempfile_in(&folder)?);
        let mut random = fastrand::Rng::with_seed(1);
        let mut left = bytes;
        let mut block = [0; 4096];
        while left > 0 {
            let part = left.min(block.len() as u64);
            random.fill(&mut block);
            writer.write_all(&block[..part as usize])?;
            left -= part;
        }
        let file = writer.into_inner().map_err(|error| error.into_error())?;
        // The kernel lets go only of what it has written.
        file.sync_all()?;
        Ok(file)
    };
    make().with_context(|| {
        format!(
            "cannot make a file of {bytes} bytes in {}: choose another folder by TMPDIR",
            folder.display()
        )
    })
}

/// Advises the system to put `file` out of memory. It need not follow.
///
/// # Errors
/// Where there is no such advice.
#[cfg(target_os = "linux")]
pub fn evict(file: &File) -> Result<()> {
    use rustix::fs::{Advice, fadvise};
    fadvise(file, 0, None, Advice::DontNeed)
        .context("the system takes no advice to put a file out of memory")
}

/// Advises the system to put `file` out of memory. It need not follow.
///
/// # Errors
/// Where there is no such advice.
#[cfg(not(target_os = "linux"))]
pub fn evict(_: &File) -> Result<()> {
    anyhow::bail!("this system takes no advice to put a file out of memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_size_asked_for() {
        for bytes in [0, 1, 4096, 10_000] {
            assert_eq!(file(bytes).unwrap().metadata().unwrap().len(), bytes);
        }
    }
}
