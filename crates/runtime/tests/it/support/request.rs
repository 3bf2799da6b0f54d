//! One HTTP request as it came over a connection.

use std::io::BufRead;

/// A request that the server has read to its end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    /// Head and body as they came.
    pub(crate) raw: String,
    /// The connection that it came on, counted from zero.
    pub(crate) connection: usize,
}

impl Request {
    /// The first header of this name, in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(self.head(), name)
    }

    /// Method, target and version.
    pub(crate) fn line(&self) -> &str {
        self.raw.lines().next().unwrap_or_default()
    }

    pub(crate) fn body(&self) -> &str {
        self.raw.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    fn head(&self) -> &str {
        self.raw
            .split_once("\r\n\r\n")
            .map_or(self.raw.as_str(), |(head, _)| head)
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// Head and body of the next request; none where the connection ends before its end.
pub(crate) fn read_request(reader: &mut impl BufRead) -> Option<String> {
    let head = read_head(reader)?;
    let length = header(&head, "content-length").and_then(|value| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}

/// The next head with its empty line.
pub(crate) fn read_head(reader: &mut impl BufRead) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head).ok()? == 0 {
            return None;
        }
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}
