//! A directory as blob store.

use crate::check_key;
use async_trait::async_trait;
use bytes::Bytes;
use rooftree_platform::ports::{BlobError, BlobStore};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};
use tokio::task::spawn_blocking;

/// Keeps each blob as a file. A blob is either there whole or not at all, also after a power cut: it is written aside,
/// flushed to the disk and then renamed.
#[derive(Clone, Debug)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    /// Opens the directory, making it when it is absent.
    pub fn open(root: &Path) -> Result<Self, BlobError> {
        let opened = std::path::absolute(root).and_then(|root| fs::create_dir_all(&root).map(|()| root));
        match opened {
            Ok(root) => Ok(Self { root }),
            Err(error) => Err(BlobError::Store(format!("the directory {} cannot be made: {error}", root.display()))),
        }
    }

    fn path(&self, key: &str) -> Result<PathBuf, BlobError> {
        check_key(key)?;
        Ok(self.root.join(key))
    }
}

#[async_trait]
impl BlobStore for Directory {
    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        let path = self.path(key)?;
        on_disk(move || write_whole(&path, &bytes)).await
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, BlobError> {
        let path = self.path(key)?;
        on_disk(move || absent_as_none(fs::read(path))).await.map(|found| found.map(Bytes::from))
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        let path = self.path(key)?;
        on_disk(move || absent_as_none(fs::remove_file(path))).await.map(drop)
    }
}

/// Disk work keeps off the threads that serve requests.
async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, BlobError> {
    match spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| BlobError::Store(error.to_string())),
        Err(error) => Err(BlobError::Store(error.to_string())),
    }
}

fn absent_as_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(parent)?;
    // The name begins with a dot, which no key does; an attempt that fails removes its file.
    let mut aside = tempfile::Builder::new().prefix(".new-").tempfile_in(parent)?;
    aside.write_all(bytes)?;
    aside.as_file().sync_all()?;
    aside.persist(path).map_err(|error| error.error)?;
    // The rename itself is durable once its directory is.
    File::open(parent)?.sync_all()
}
