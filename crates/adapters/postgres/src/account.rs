//! Where the cluster lives and under which account it runs. PostgreSQL refuses to run as root, so a root caller's server
//! runs as `postgres` or another unprivileged account, which must be able to reach the directory.

use anyhow::{Context, bail, ensure};
use std::{
    env,
    fs::{self, File, OpenOptions, Permissions},
    io,
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

/// Accounts tried for a root caller: Debian's and Homebrew's for PostgreSQL, then the one that owns nothing.
const ACCOUNTS: [&str; 3] = ["postgres", "_postgres", "nobody"];

/// The longest path of a unix socket: 107 bytes on Linux, 103 on macOS.
const SOCKET_PATH_BYTES_MAX: usize = 103;

/// What PostgreSQL calls its socket: `/.s.PGSQL.5432`.
const SOCKET_NAME_BYTES: usize = 14;

/// The user and group the server runs as, when not the caller's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Account {
    uid: u32,
    gid: u32,
}

/// The cluster's directory, ready for the account that will run the server.
#[derive(Debug)]
pub(crate) struct Place {
    dir: PathBuf,
    account: Option<Account>,
}

impl Place {
    /// Makes the directory, or chooses one in the system's temporary directory when a root caller's unprivileged account
    /// cannot reach it.
    pub(crate) fn prepare(wanted: &Path) -> anyhow::Result<Self> {
        let wanted = std::path::absolute(wanted).context("finding the directory for PostgreSQL")?;
        let caller = caller_uid()?;
        if caller != 0 {
            let dir = own_directory(&wanted, None)?;
            ensure_owner(&dir, caller)?;
            return Ok(Self { dir, account: None });
        }
        let account = match fs::metadata(&wanted) {
            // Somebody used it without being root: their data stays theirs.
            Ok(found) if found.uid() != 0 => Account { uid: found.uid(), gid: found.gid() },
            _ => unprivileged()?,
        };
        let dir = own_directory(&wanted, Some(account))?;
        let place = Self { dir, account: Some(account) };
        if place.reachable() {
            return Ok(place);
        }
        place.in_temporary_directory(&wanted, account)
    }

    fn in_temporary_directory(self, wanted: &Path, account: Account) -> anyhow::Result<Self> {
        for parent in [env::temp_dir(), PathBuf::from("/tmp")] {
            let fallback = parent.join(format!("rooftree-postgres-{:016x}", fingerprint(wanted)));
            let dir = own_directory(&fallback, Some(account))?;
            ensure_owner(&dir, account.uid)?;
            let place = Self { dir, account: Some(account) };
            if place.reachable() {
                // An empty directory that the server cannot enter would only mislead.
                let _ = fs::remove_dir(wanted);
                tracing::warn!(
                    wanted = %wanted.display(),
                    used = %place.dir.display(),
                    "the unprivileged account cannot enter the wanted directory; PostgreSQL's data lies in the temporary one"
                );
                return Ok(place);
            }
        }
        bail!("the account that runs PostgreSQL can enter neither {} nor the temporary directory", wanted.display())
    }

    /// Tried as the account itself: permission bits alone do not tell (access lists, mount options).
    fn reachable(&self) -> bool {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "cd \"$1\" && test -w .", "sh"]).arg(&self.dir).current_dir("/");
        shell.stderr(std::process::Stdio::null());
        self.run_as_account(&mut shell);
        shell.status().is_ok_and(|status| status.success())
    }

    /// Makes the command run as the unprivileged account. The standard library drops the extra groups itself.
    pub(crate) fn run_as_account(&self, command: &mut Command) {
        if let Some(account) = self.account {
            command.uid(account.uid).gid(account.gid);
        }
    }

    /// The directory that holds everything.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// PostgreSQL's own data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// What the server prints.
    pub(crate) fn log(&self) -> PathBuf {
        self.dir.join("server.log")
    }

    /// The named pipe whose writers are the users of the cluster.
    pub(crate) fn pipe(&self) -> PathBuf {
        self.dir.join("in-use")
    }

    /// A lock file, opened.
    pub(crate) fn lock_file(&self, name: &str) -> anyhow::Result<File> {
        let path = self.dir.join(name);
        let opened = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        opened.with_context(|| format!("opening {}", path.display()))
    }

    /// Gives a file that the caller made to the account.
    pub(crate) fn give(&self, path: &Path) -> io::Result<()> {
        match self.account {
            Some(account) => chown(path, Some(account.uid), Some(account.gid)),
            None => Ok(()),
        }
    }

    /// The directory of the socket: beside the data, or a short one when the path would not fit a socket address.
    pub(crate) fn socket_dir(&self) -> anyhow::Result<PathBuf> {
        let beside = self.dir.join("socket");
        if beside.as_os_str().len() + SOCKET_NAME_BYTES <= SOCKET_PATH_BYTES_MAX {
            return own_directory(&beside, self.account);
        }
        let short = PathBuf::from(format!("/tmp/rooftree-{:016x}", fingerprint(&self.dir)));
        let dir = own_directory(&short, self.account)?;
        let owner = match self.account {
            Some(account) => account.uid,
            None => caller_uid()?,
        };
        ensure_owner(&dir, owner)?;
        Ok(dir)
    }
}

/// Makes a directory that only its owner may enter, and gives it to the account.
fn own_directory(path: &Path, account: Option<Account>) -> anyhow::Result<PathBuf> {
    let context = || format!("making the directory {}", path.display());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(context)?;
    }
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {
            if let Some(account) = account {
                chown(path, Some(account.uid), Some(account.gid)).with_context(context)?;
            }
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(path).with_context(context)?;
            let root_made = account.is_some() && found.uid() == 0 && found.is_dir();
            if let (true, Some(account)) = (root_made, account) {
                chown(path, Some(account.uid), Some(account.gid)).with_context(context)?;
            }
            fs::set_permissions(path, Permissions::from_mode(0o700)).with_context(context)?;
        }
        Err(error) => return Err(error).with_context(context),
    }
    Ok(path.to_path_buf())
}

/// In a directory that everybody may write to, somebody else could have made ours first.
fn ensure_owner(path: &Path, uid: u32) -> anyhow::Result<()> {
    let found = fs::symlink_metadata(path).with_context(|| format!("looking at {}", path.display()))?;
    ensure!(found.is_dir(), "{} is not a directory: remove it", path.display());
    ensure!(
        found.uid() == uid,
        "{} belongs to another account (number {}): start Rooftree as that account, or name another directory",
        path.display(),
        found.uid()
    );
    Ok(())
}

fn caller_uid() -> anyhow::Result<u32> {
    id_number("-u", None).context("asking ‘id’ for the caller's account")
}

fn unprivileged() -> anyhow::Result<Account> {
    let found = ACCOUNTS.iter().find_map(|name| {
        Some(Account { uid: id_number("-u", Some(name)).ok()?, gid: id_number("-g", Some(name)).ok()? })
    });
    found.context(
        "PostgreSQL does not run as root, and there is neither an account ‘postgres’ nor ‘nobody’ to run it as",
    )
}

fn id_number(flag: &str, name: Option<&str>) -> anyhow::Result<u32> {
    let output = Command::new("id").arg(flag).args(name).output().context("running ‘id’")?;
    ensure!(output.status.success(), "no such account");
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse()?)
}

/// A short name for a path, the same in every build (FNV-1a).
fn fingerprint(path: &Path) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    path.as_os_str().as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_gets_a_short_socket_directory_of_its_own() {
        let open = tempfile::tempdir().unwrap();
        fs::set_permissions(open.path(), Permissions::from_mode(0o755)).unwrap();
        let place = Place::prepare(&open.path().join("x".repeat(90))).unwrap();
        let socket_dir = place.socket_dir().unwrap();
        assert!(!socket_dir.starts_with(open.path()), "{}", socket_dir.display());
        assert!(socket_dir.as_os_str().len() + SOCKET_NAME_BYTES <= SOCKET_PATH_BYTES_MAX);
        assert_eq!(fs::metadata(&socket_dir).unwrap().permissions().mode() & 0o777, 0o700);
        fs::remove_dir(&socket_dir).unwrap();
    }

    #[test]
    fn a_directory_of_somebody_else_is_refused() {
        let error = ensure_owner(Path::new("/"), 4_000_000).unwrap_err().to_string();
        assert!(error.contains("another account"), "{error}");
    }

    #[test]
    fn a_closed_parent_sends_a_root_callers_data_to_the_temporary_directory() {
        if caller_uid().unwrap() != 0 {
            println!("skipped: only root changes account");
            return;
        }
        let closed = tempfile::tempdir().unwrap();
        fs::set_permissions(closed.path(), Permissions::from_mode(0o700)).unwrap();
        let place = Place::prepare(&closed.path().join("var/postgres")).unwrap();
        assert!(!place.dir().starts_with(closed.path()), "{}", place.dir().display());
        fs::remove_dir_all(place.dir()).unwrap();
    }
}
