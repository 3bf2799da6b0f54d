//! How far something is: a bar on a terminal, a line for each reading elsewhere.

use std::io::{self, Write};
use std::time::Duration;

use cloudbackup::waiting::Progress;

/// Cells of the bar.
const WIDTH: usize = 30;

/// One reading.
pub(crate) struct Step {
    pub(crate) elapsed: Duration,
    pub(crate) state: String,
    pub(crate) percent: Option<f64>,
}

impl Step {
    pub(crate) fn of<T>(progress: &Progress<'_, T>) -> Self {
        let state = progress.state().map(str::to_owned);
        let failure = progress
            .failure()
            .map(|error| format!("no answer: {error}"));
        Self {
            elapsed: progress.elapsed(),
            state: failure.or(state).unwrap_or_else(|| "?".to_owned()),
            percent: progress.percent(),
        }
    }
}

/// Writes readings.
pub(crate) struct Meter<'a, W> {
    out: &'a mut W,
    is_terminal: bool,
    has_bar: bool,
}

impl<'a, W: Write> Meter<'a, W> {
    pub(crate) fn new(out: &'a mut W, is_terminal: bool) -> Self {
        Self {
            out,
            is_terminal,
            has_bar: false,
        }
    }

    pub(crate) fn show(&mut self, step: &Step) -> io::Result<()> {
        let seconds = step.elapsed.as_secs();
        if !self.is_terminal {
            return writeln!(self.out, "  {seconds:>6} s  {}", step.state);
        }
        self.has_bar = true;
        let bar = bar(step.percent, seconds);
        write!(self.out, "\r\x1b[K{bar} {seconds} s  {}", step.state)?;
        self.out.flush()
    }

    /// Leaves the bar where it is.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        match self.has_bar {
            true => writeln!(self.out),
            false => Ok(()),
        }
    }
}

/// `[#####-----] 50 %`, or a mark that wanders where nobody knows how far it is.
fn bar(percent: Option<f64>, seconds: u64) -> String {
    let Some(percent) = percent else {
        let place = usize::try_from(seconds).unwrap_or(0) % WIDTH;
        let cells = (0..WIDTH).map(|cell| if cell == place { '#' } else { '-' });
        return format!("[{}]", cells.collect::<String>());
    };
    let percent = percent.clamp(0.0, 100.0);
    let full = |cell: usize| (cell * 100) < (percent * WIDTH as f64) as usize;
    let cells = (0..WIDTH).map(|cell| if full(cell) { '#' } else { '-' });
    format!("[{}] {percent:.0} %", cells.collect::<String>())
}
