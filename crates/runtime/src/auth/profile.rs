//! Credentials from a profile file.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use cloudbackup_core::Secret;
use zeroize::Zeroizing;

use super::environment::Variables;
use super::given::{self, Member, Place};
use super::ini::{Ini, Wrong};
use super::source::{CredentialSource, Issued, SourceError, Wish};
use crate::clock::BoxFuture;
use crate::text::printable;

/// The variable that names the file.
const FILE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";
/// Where the file is below the home directory.
const BELOW_HOME: [&str; 2] = [".huaweicloud", "credentials"];
/// The variable that names the home directory.
const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
/// The largest file that is read, in bytes.
const MOST_BYTES: usize = 64 * 1024;
/// The section that is read where none is chosen.
const USUAL_SECTION: &str = "basic";
/// Sections that the vendor's SDK reads; the last two by clients that look for credentials.
const KNOWN_SECTIONS: [&str; 4] = ["basic", "global", "basiccredentials", "globalcredentials"];
/// Longest path that an error shows, in characters.
const SHOWN_PATH: usize = 4096;

/// Takes an access key from a profile file, as the vendor's SDK does: the file that
/// `HUAWEICLOUD_SDK_CREDENTIALS_FILE` names, else `.huaweicloud/credentials` in the home directory
/// (`HOME`, on Windows `USERPROFILE`).
///
/// ```ini
/// [basic]
/// ak = HPUAEXAMPLE
/// sk = sEcReTeXaMpLe
/// project_id = 68589cac08274b82b4e254268a3862d8
///
/// [global]
/// ak = HPUAEXAMPLE
/// sk = sEcReTeXaMpLe
/// domain_id = 6ab5b2a0e0a84b0dbd2bbbe5ee8a9f4a
/// ```
///
/// One section is read, `[basic]` unless [`with_section`](Self::with_section) says otherwise. It
/// holds `ak` and `sk`, for a temporary key `security_token`, and at will `project_id` and
/// `domain_id`. The file is UTF-8 text of at most 64 KiB in the form of Python's `configparser`:
/// `key = value` or `key: value`, comments on lines of their own that start with `#` or `;`,
/// `[DEFAULT]` for values of all sections, `%%` for `%`.
///
/// The file is read anew each time the source is asked, so a key that was replaced there is found
/// when the old one is refused.
///
/// # Others must not read it
/// On Unix the file is refused where its permissions let its group or others read or write it.
/// [`allow_readable_by_others`](Self::allow_readable_by_others) switches this off, for example
/// for files that a container platform mounts. It is the opened file that is looked at, so that
/// none can be put in its place in between. On Windows permissions are not looked at.
///
/// # Errors
/// [`Missing`](super::SourceErrorKind::Missing) where there is no such file or no home directory.
/// [`Invalid`](super::SourceErrorKind::Invalid) for a file that others can read, cannot be opened,
/// is a directory or anything else but a file, is too large or no UTF-8, holds a line that is none
/// of the above, a key or section twice, not the section, not both halves of the key, or a value
/// that cannot be one. The error names file and line, never the value.
///
/// # What is not supported
/// A login by an identity provider: a section with `idp_id` and `id_token_file`, or with one of
/// them and without `ak` and `sk`, is an error. `iam_endpoint` and keys that are not named here
/// are passed over. Values that continue on further lines and references such as `%(sk)s` are
/// errors where they concern a key that is read.
#[derive(Clone, Debug)]
pub struct ProfileSource {
    variables: Variables,
    path: Option<PathBuf>,
    section: String,
    allows_readable: bool,
}

impl ProfileSource {
    /// The section `[basic]` of the usual file, which is looked for each time the source is asked.
    #[must_use]
    pub fn new() -> Self {
        Self {
            variables: Variables::of_process(),
            path: None,
            section: USUAL_SECTION.to_owned(),
            allows_readable: false,
        }
    }

    /// Looks in these variables for the file and the home directory.
    #[must_use]
    pub fn with_variables(mut self, variables: Variables) -> Self {
        self.variables = variables;
        self
    }

    /// Reads this file, whatever the variables say.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Reads this section, such as `global`. Upper and lower case count.
    #[must_use]
    pub fn with_section(mut self, section: impl Into<String>) -> Self {
        self.section = section.into();
        self
    }

    /// Takes the file even where others can read or write it.
    #[must_use]
    pub fn allow_readable_by_others(mut self, allow: bool) -> Self {
        self.allows_readable = allow;
        self
    }

    fn read(&self) -> Result<Issued, SourceError> {
        let place = self.find()?;
        let mut buffer = Zeroizing::new(vec![0; MOST_BYTES + 1]);
        let length = self.load(&place, &mut buffer)?;
        let text = std::str::from_utf8(&buffer[..length]).map_err(|error| {
            let before = &buffer[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            place.wrong(&Wrong::new(line, "the line is no UTF-8 text"))
        })?;
        let ini = Ini::read(text).map_err(|wrong| place.wrong(&wrong))?;
        self.issued(&place, &ini)
    }

    /// Where the file should be.
    fn find(&self) -> Result<Location, SourceError> {
        if let Some(path) = &self.path {
            return Ok(Location::new(path.clone(), ""));
        }
        if let Some(path) = self.variables.path(FILE) {
            let why = ", which the variable HUAWEICLOUD_SDK_CREDENTIALS_FILE names";
            return Ok(Location::new(path.into(), why));
        }
        let Some(home) = self.variables.path(HOME) else {
            let text = format!("no profile file to look for: {FILE} and {HOME} are not set");
            return Err(SourceError::missing(text));
        };
        let mut path = PathBuf::from(home);
        path.extend(BELOW_HOME);
        Ok(Location::new(path, ""))
    }

    /// Reads the file, which is opened once: what is checked is what is read.
    fn load(&self, place: &Location, buffer: &mut [u8]) -> Result<usize, SourceError> {
        let file = open(&place.path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => place.missing(),
            _ => place.unreadable(&error),
        })?;
        let metadata = file.metadata().map_err(|error| place.unreadable(&error))?;
        if metadata.is_dir() {
            return Err(place.invalid("is a directory, not a file"));
        }
        if !metadata.is_file() {
            return Err(place.invalid("is no regular file"));
        }
        if !self.allows_readable {
            check_permissions(place, &metadata)?;
        }
        let length = fill(file, buffer).map_err(|error| place.unreadable(&error))?;
        if length > MOST_BYTES {
            return Err(place.invalid("is larger than 64 KiB, so it can be no profile file"));
        }
        Ok(length)
    }

    fn issued(&self, place: &Location, ini: &Ini<'_>) -> Result<Issued, SourceError> {
        let Some(line) = ini.line_of(&self.section) else {
            return Err(self.no_section(place, ini));
        };
        let profile = Profile {
            place,
            ini,
            section: &self.section,
        };
        given::issued(&profile)?
            .ok_or_else(|| place.wrong(&Wrong::new(line, "the section gives no `ak` and no `sk`")))
    }

    /// The names of other sections are told only where they are well known: a name could be
    /// anything.
    fn no_section(&self, place: &Location, ini: &Ini<'_>) -> SourceError {
        let section = printable(&self.section, 64);
        if let Some(line) = ini.line_of_similar(&self.section) {
            let what = format!(
                "the section should be written [{section}]: upper and lower case and spaces count"
            );
            return place.wrong(&Wrong::new(line, what));
        }
        let known: Vec<_> = KNOWN_SECTIONS
            .into_iter()
            .filter_map(|name| Some(format!("[{name}] in line {}", ini.line_of(name)?)))
            .collect();
        let what = format!("has no section [{section}]");
        if known.is_empty() {
            return place.invalid(&what);
        }
        let known = known.join(" and ");
        place.invalid(&format!(
            "{what}, but {known}: add one, or choose by `.with_section(..)`"
        ))
    }
}

impl Default for ProfileSource {
    fn default() -> Self {
        Self::new()
    }
}

impl CredentialSource for ProfileSource {
    /// The file is read on a thread for such work where there is a tokio runtime: a home directory
    /// may be on a network.
    fn issue<'a>(&'a self, _: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        Box::pin(async move {
            let Ok(runtime) = tokio::runtime::Handle::try_current() else {
                return self.read();
            };
            let source = self.clone();
            let reading = runtime.spawn_blocking(move || source.read()).await;
            reading.unwrap_or_else(|_| {
                let text = "the profile file was not read to its end: the tokio runtime is ending";
                Err(SourceError::unavailable(text))
            })
        })
    }
}

/// A file, and why it is this one.
struct Location {
    path: PathBuf,
    shown: String,
    why: &'static str,
}

impl Location {
    fn new(path: PathBuf, why: &'static str) -> Self {
        let shown = printable(&path.display().to_string(), SHOWN_PATH);
        Self { path, shown, why }
    }

    fn missing(&self) -> SourceError {
        let Self { shown, why, .. } = self;
        SourceError::missing(format!("there is no profile file {shown}{why}"))
    }

    fn unreadable(&self, error: &io::Error) -> SourceError {
        let hint = match error.kind() {
            ErrorKind::PermissionDenied => "; the user that this program runs as may not open it",
            _ => "",
        };
        self.invalid(&format!("cannot be read: {error}{hint}"))
    }

    fn invalid(&self, what: &str) -> SourceError {
        let Self { shown, why, .. } = self;
        SourceError::invalid(format!("the profile file {shown}{why} {what}"))
    }

    fn wrong(&self, wrong: &Wrong) -> SourceError {
        SourceError::invalid(format!("{}:{}: {}", self.shown, wrong.line, wrong.what))
    }
}

/// One section of a file.
struct Profile<'a> {
    place: &'a Location,
    ini: &'a Ini<'a>,
    section: &'a str,
}

impl Place for Profile<'_> {
    fn get(&self, member: Member) -> Result<Option<Secret>, SourceError> {
        let entry = self.ini.entry(self.section, member.key());
        let value = entry.map(|entry| entry.value()).transpose();
        value.map_err(|wrong| self.place.wrong(&wrong))
    }

    fn name(&self, member: Member) -> String {
        format!("`{}`", member.key())
    }

    fn invalid(&self, about: Member, what: &str) -> SourceError {
        let entry = self.ini.entry(self.section, about.key());
        let line = entry.map_or(0, |entry| entry.line);
        let what = format!("{} {what}", self.name(about));
        self.place.wrong(&Wrong::new(line, what))
    }
}

/// Opens without waiting: a pipe in place of the file would keep its reader for ever.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(unix)]
fn check_permissions(place: &Location, metadata: &Metadata) -> Result<(), SourceError> {
    use std::os::unix::fs::PermissionsExt;

    let mode = metadata.permissions().mode() & 0o7777;
    let verb = match (mode & 0o044, mode & 0o022) {
        (0, 0) => return Ok(()),
        (0, _) => "changed",
        (_, 0) => "read",
        _ => "read and changed",
    };
    Err(place.invalid(&format!(
        "can be {verb} by others (its mode is {mode:04o}): run `chmod 600 {}`, or call \
         `.allow_readable_by_others(true)`",
        shell_word(&place.shown)
    )))
}

#[cfg(not(unix))]
fn check_permissions(_: &Location, _: &Metadata) -> Result<(), SourceError> {
    Ok(())
}

/// A path as one word of a shell command.
#[cfg(unix)]
fn shell_word(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if path.chars().all(is_plain) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

/// Reads until the end or until the buffer is full. A buffer that grew would leave what it held
/// behind in memory.
fn fill(mut file: impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    /// Gives one byte a time, with an interruption before each, and fails in the end if it shall.
    struct Drip(Vec<io::Result<u8>>);

    impl Read for Drip {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.pop() {
                Some(byte) => {
                    buffer[0] = byte?;
                    Ok(1)
                }
                None => Ok(0),
            }
        }
    }

    #[test]
    fn file_is_read_in_pieces_up_to_the_size_of_the_buffer() {
        let interrupted = || Err(ErrorKind::Interrupted.into());
        let drip = Drip(vec![Ok(b'c'), interrupted(), Ok(b'b'), Ok(b'a')]);
        let mut buffer = [0; 4];
        assert_eq!(fill(drip, &mut buffer).unwrap(), 3);
        assert_eq!(&buffer, b"abc\0");
        assert_eq!(fill(&b"abcdef"[..], &mut buffer).unwrap(), 4);
        let broken = Drip(vec![Err(ErrorKind::BrokenPipe.into()), Ok(b'a')]);
        let error = fill(broken, &mut buffer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    }

    #[cfg(unix)]
    #[test]
    fn path_in_a_command_is_one_word() {
        for (path, word) in [
            ("/home/a-b/.huaweicloud/credentials", None),
            ("/home/a b", Some("'/home/a b'")),
            ("/it's", Some(r"'/it'\''s'")),
            ("/$(x)", Some("'/$(x)'")),
        ] {
            assert_eq!(shell_word(path), word.unwrap_or(path));
        }
    }
}
