//! A file to be read and measured: the user's, or one made for it. It may be of any kind and may
//! change under our hands; what goes wrong comes back as a sentence.

use std::{fs::File, io, path::Path};

use anyhow::{Context, Result, bail, ensure};
use memmap2::{Mmap, MmapOptions};

use super::scratch;
#[cfg(target_os = "linux")]
use super::watched;

/// The least that can be measured: a page.
pub const LEAST: u64 = 4096;

/// A file open for reading.
#[derive(Debug)]
pub struct DataFile {
    file: File,
    /// What to call it in a sentence.
    pub name: String,
    /// Its size when it was opened.
    pub bytes: u64,
}

impl DataFile {
    /// Opens a file that somebody named.
    ///
    /// # Errors
    /// When it is missing, no file, not to be read, or too short; the error says which.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let cannot = || format!("cannot read {name}");
        // Looked at before it is opened: opening a pipe would wait for its writer.
        let seen = path.metadata().with_context(cannot)?;
        ensure!(!seen.is_dir(), "{name} is a folder: name a file in it");
        ensure!(
            seen.is_file(),
            "{name} is no regular file: only those can be mapped and read at any place"
        );
        let file = File::open(path).with_context(cannot)?;
        let bytes = file.metadata().with_context(cannot)?.len();
        ensure!(bytes > 0, "{name} is empty: there is nothing to read");
        ensure!(
            bytes >= LEAST,
            "{name} has only {bytes} bytes: at least {LEAST} are needed, one page"
        );
        let data = Self { file, name, bytes };
        data.read(&mut [0], 0)?;
        Ok(data)
    }

    /// Makes one, without a name, that goes with the process.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn made(bytes: u64) -> Result<Self> {
        let name = format!("a file made for it in {}", std::env::temp_dir().display());
        let file = scratch::file(bytes)?;
        Ok(Self { file, name, bytes })
    }

    /// Fills `buffer` from that place of the file on.
    ///
    /// # Errors
    /// When the file ends before, or the system cannot read it.
    pub fn read(&self, buffer: &mut [u8], from: u64) -> Result<()> {
        read_at(&self.file, buffer, from).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.ends_before(from + buffer.len() as u64),
            _ => anyhow::Error::new(error).context(format!("cannot read {}", self.name)),
        })
    }

    /// # Errors
    /// When the file is shorter than that by now.
    pub fn check(&self, bytes: u64) -> Result<()> {
        let metadata = self.file.metadata();
        let now = metadata
            .with_context(|| format!("cannot look at {}", self.name))?
            .len();
        ensure!(now >= bytes, self.ends_before(bytes));
        Ok(())
    }

    fn ends_before(&self, bytes: u64) -> anyhow::Error {
        anyhow::anyhow!(
            "{} ends before byte {bytes}, though it had {} bytes when it was opened: something \
             shortened it meanwhile, or its file system tells a wrong size",
            self.name,
            self.bytes
        )
    }

    /// Runs `body` with its first `bytes` bytes mapped, all pages entered at once or none. Who writes the
    /// file meanwhile changes what is read; who shortens it makes the rest read as zeros, and this fail.
    /// (On other systems than Linux that ends the process.)
    ///
    /// # Errors
    /// When the file is or becomes shorter than that, the system does not map it, or `body` fails.
    pub fn mapped<T>(
        &self,
        bytes: usize,
        populate: bool,
        body: impl FnOnce(&Mmap) -> Result<T>,
    ) -> Result<T> {
        self.check(bytes as u64)?;
        let mut options = MmapOptions::new();
        options.len(bytes);
        if populate {
            options.populate();
        }
        // SAFETY: the map is of existing bytes, is only read, and its bytes are only added up: a
        // change by others alters a sum that nobody relies on.
        let map = unsafe { options.map(&self.file) };
        let map = map.with_context(|| format!("cannot map {}", self.name))?;
        #[cfg(target_os = "linux")]
        let watch = watched::Watched::over(&map);
        let result = body(&map);
        #[cfg(target_os = "linux")]
        if watch.is_some_and(|watch| watch.is_torn()) {
            self.check(bytes as u64)?;
            bail!(
                "{} could not be read where it was mapped: its device failed",
                self.name
            );
        }
        result
    }

    /// Puts it out of memory.
    ///
    /// # Errors
    /// When more than a hundredth of its first `bytes` bytes stay there.
    pub fn evict(&self, bytes: usize) -> Result<()> {
        const MOST: f64 = 0.01;
        // Pages that are on their way from the device stay, until they have come.
        const TURNS: u64 = 8;
        let mut share = 1.0;
        for turn in 0..TURNS {
            std::thread::sleep(std::time::Duration::from_millis(turn));
            scratch::evict(&self.file)?;
            share = self.mapped(bytes, false, resident)?;
            if share <= MOST {
                break;
            }
        }
        ensure!(
            share <= MOST,
            "the system kept {:.0} % of {} in memory although it was advised to let it go: its file \
             system may live in memory, or others use the file",
            100.0 * share,
            self.name
        );
        Ok(())
    }

    /// The same file once more, read past the page cache.
    ///
    /// # Errors
    /// When the file's system, or this one, refuses that.
    #[cfg(target_os = "linux")]
    pub fn direct(&self) -> Result<Self> {
        use rustix::fs::{Mode, OFlags, open};
        use std::os::fd::AsRawFd;
        // By its descriptor: the name may mean another file by now, or there is none.
        let path = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        let flags = OFlags::RDONLY | OFlags::DIRECT | OFlags::CLOEXEC;
        let file = open(path, flags, Mode::empty())
            .with_context(|| format!("{} cannot be opened with O_DIRECT", self.name))?;
        Ok(Self {
            file: file.into(),
            name: format!("{} with O_DIRECT", self.name),
            bytes: self.bytes,
        })
    }

    /// The same file once more, read past the page cache.
    ///
    /// # Errors
    /// Always: this system has no O_DIRECT.
    #[cfg(not(target_os = "linux"))]
    pub fn direct(&self) -> Result<Self> {
        bail!("this system has no O_DIRECT")
    }

    /// How far the kernel reads ahead in it, bytes, where it tells.
    #[cfg(target_os = "linux")]
    pub fn readahead(&self) -> Option<u64> {
        use std::os::linux::fs::MetadataExt;
        let device = self.file.metadata().ok()?.st_dev();
        let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
        let path = format!("/sys/class/bdi/{major}:{minor}/read_ahead_kb");
        let kib: u64 = std::fs::read_to_string(path).ok()?.trim().parse().ok()?;
        Some(kib << 10)
    }

    /// How far the kernel reads ahead in it, bytes, where it tells.
    #[cfg(not(target_os = "linux"))]
    pub fn readahead(&self) -> Option<u64> {
        None
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], from: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, from)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, buffer: &mut [u8], from: u64) -> io::Result<()> {
    use io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(from))?;
    file.read_exact(buffer)
}

/// Share of a mapping's pages that are in memory.
#[cfg(target_os = "linux")]
fn resident(map: &Mmap) -> Result<f64> {
    let page = rustix::param::page_size();
    let mut pages = vec![0_u8; map.len().div_ceil(page)];
    // SAFETY: the address and length are those of a mapping that lives, and `pages` has a byte for
    // each of its pages, which is all that mincore(2) writes.
    let result = unsafe {
        libc::mincore(
            map.as_ptr().cast_mut().cast(),
            map.len(),
            pages.as_mut_ptr(),
        )
    };
    if result != 0 {
        bail!(
            "the system does not tell which pages are in memory: {}",
            io::Error::last_os_error()
        );
    }
    let there = pages.iter().filter(|page| *page & 1 == 1).count();
    Ok(there as f64 / pages.len() as f64)
}

#[cfg(not(target_os = "linux"))]
fn resident(_: &Mmap) -> Result<f64> {
    bail!("this system does not tell which pages are in memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &Path) -> String {
        format!("{:#}", DataFile::open(path).unwrap_err())
    }

    #[test]
    fn what_cannot_be_read_is_said_in_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        assert!(refused(folder.path()).contains("is a folder"));
        let path = folder.path().join("data");
        assert!(refused(&path).contains("cannot read"));
        std::fs::write(&path, "").unwrap();
        assert!(refused(&path).contains("is empty"));
        std::fs::write(&path, [0; 4095]).unwrap();
        assert!(refused(&path).contains("4095 bytes"));
        std::fs::write(&path, [0; 4096]).unwrap();
        assert_eq!(DataFile::open(&path).unwrap().bytes, 4096);
        #[cfg(target_os = "linux")]
        assert!(refused(Path::new("/dev/zero")).contains("no regular file"));
    }

    #[test]
    fn a_file_that_shrinks_is_noticed_by_every_way_of_reading() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        std::fs::write(&path, [1; 8192]).unwrap();
        let data = DataFile::open(&path).unwrap();
        assert_eq!(data.mapped(8192, false, |map| Ok(map.len())).unwrap(), 8192);
        std::fs::write(&path, [1; 5000]).unwrap();
        for error in [
            data.read(&mut [0; 8192], 0).unwrap_err(),
            data.mapped(8192, false, |map| Ok(map.len())).unwrap_err(),
            data.check(8192).unwrap_err(),
        ] {
            assert!(format!("{error:#}").contains("shortened it"), "{error:#}");
        }
        data.check(5000).unwrap();
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_that_shrinks_while_it_is_mapped_is_an_error_and_no_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        std::fs::write(&path, [1; 1 << 16]).unwrap();
        let data = DataFile::open(&path).unwrap();
        let shorten = || File::options().write(true).open(&path)?.set_len(4096);
        let read = data.mapped(1 << 16, false, |map| {
            shorten()?;
            Ok(map.iter().map(|byte| u64::from(*byte)).sum::<u64>())
        });
        let error = read.unwrap_err();
        assert!(format!("{error:#}").contains("shortened it"), "{error:#}");
    }

    /// What was just written and read is in memory: the kernel has no reason to let go of it.
    #[test]
    #[cfg(target_os = "linux")]
    fn residence_is_told() {
        let data = DataFile::made(1 << 20).unwrap();
        data.read(&mut vec![0; 1 << 20], 0).unwrap();
        assert!(data.mapped(1 << 20, false, resident).unwrap() > 0.9);
        // Where it cannot be put out of memory that is an error, never a wrong claim.
        if data.evict(1 << 20).is_ok() {
            assert!(data.mapped(1 << 20, false, resident).unwrap() <= 0.01);
        }
    }
}
