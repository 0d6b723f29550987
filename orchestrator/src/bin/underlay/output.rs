//! Answers as tables for people and as JSON for programs.

use std::{
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
};

use comfy_table::{Table, presets};
use serde::Serialize;
use serde_json::{Map, Value, json};
use underlay_hal::Error;

use crate::{cli::Format, context::Failure};

/// `println!` that takes a closed pipe (`underlay logs | head`) for the reader's wish, not for a reason to panic.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::output::say_text(&format!("{}\n", format_args!($($words)*)))
    };
}
pub(crate) use say;

/// Writes to standard output, whether or not somebody still reads it.
pub(crate) fn say_text(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// What one device answered.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    pub(crate) device: String,
    pub(crate) result: Result<T, Error>,
}

impl<T: Serialize> Answer<T> {
    /// `device` and the fields of the answer, or `error`.
    fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("device".to_owned(), json!(self.device));
        match self.result.as_ref().map(serde_json::to_value) {
            Ok(Ok(Value::Object(fields))) => object.extend(fields),
            Ok(Ok(other)) => {
                object.insert("answer".to_owned(), other);
            }
            Ok(Err(error)) => {
                let error = Error::new(underlay_hal::ErrorKind::Unexpected, error.to_string());
                object.insert("error".to_owned(), error_json(&error));
            }
            Err(error) => {
                object.insert("error".to_owned(), error_json(error));
            }
        }
        Value::Object(object)
    }
}

/// `kind`, `effect`, `message`.
pub(crate) fn error_json(error: &Error) -> Value {
    json!({ "kind": error.kind().as_str(), "effect": error.effect().as_str(), "message": error.report() })
}

/// Prints one answer per device, and tells by the exit code whether all were good.
pub(crate) fn print<T: Serialize>(
    format: Format,
    headings: &[&str],
    answers: &[Answer<T>],
    rows: impl Fn(&T) -> Vec<Vec<String>>,
) -> ExitCode {
    match format {
        Format::Json => print_json(&Value::Array(answers.iter().map(Answer::json).collect())),
        Format::Table => {
            let mut table = new_table(headings);
            let mut any = false;
            for answer in answers {
                if let Ok(value) = &answer.result {
                    for row in rows(value) {
                        table.add_row(std::iter::once(answer.device.clone()).chain(row));
                        any = true;
                    }
                }
            }
            if any {
                say_table(&table);
            }
            for answer in answers {
                if let Err(error) = &answer.result {
                    eprintln!("{}", explain(&answer.device, error));
                }
            }
        }
    }
    exit_code(answers.iter().all(|answer| answer.result.is_ok()))
}

/// A failure with what to do about it.
pub(crate) fn explain(device: &str, error: &Error) -> String {
    use underlay_hal::{Effect, ErrorKind as K};
    let report = error.report();
    let report = report.strip_prefix(&format!("{device}: ")).unwrap_or(&report);
    let advice = match (error.kind(), error.effect()) {
        (_, Effect::Unknown) => "it may have happened: look before sending it again",
        (K::Unauthenticated, _) => "check the credential in the rack file; it is not tried again",
        (K::LockedOut, _) => "the account is locked: wait, or unlock it on the device",
        (K::Untrusted, _) => "set tls to { pin-sha256 = … } or { ca-file = … } in the rack file",
        (K::Unreachable | K::Timeout, _) => "check address, cabling and that the controller has power",
        (K::Busy, _) => "try again in a moment",
        (K::Unsupported, _) => "this device cannot do that",
        _ => "",
    };
    let kind = error.kind();
    if advice.is_empty() {
        format!("{device}: {kind}: {report}")
    } else {
        format!("{device}: {kind}: {report} ({advice})")
    }
}

/// A table without lines, that pipes well.
pub(crate) fn new_table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(headings.iter().map(|heading| heading.to_uppercase()));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// A table on standard output, without the blanks at the ends of lines.
pub(crate) fn say_table(table: &Table) {
    say_text(&table_text(table));
}

/// A table as text, each line with its end and without blanks before it.
pub(crate) fn table_text(table: &Table) -> String {
    table.lines().fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

/// Pretty JSON on standard output.
pub(crate) fn print_json(value: &Value) {
    say!("{}", serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Asks, if somebody is there to answer; `what` is what they should look at first.
pub(crate) fn confirmed(question: &str, what: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        let message =
            format!("nobody is at a terminal to approve {what}; look at it and pass --yes. Nothing was done");
        return Err(Failure(message));
    }
    // On standard error, so that JSON on standard output stays JSON.
    eprint!("{question} Only `yes` will do: ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

/// Prints the answers, or says by the exit code that nothing was done.
pub(crate) fn print_if<T: Serialize>(
    format: Format,
    headings: &[&str],
    answers: Option<Vec<Answer<T>>>,
    rows: impl Fn(&T) -> Vec<Vec<String>>,
) -> ExitCode {
    answers.map_or_else(|| ExitCode::from(2), |answers| print(format, headings, &answers, rows))
}

/// Bytes in the units that drives are sold in.
pub(crate) fn drive_bytes(bytes: u64) -> String {
    let (unit, name) = match bytes {
        1_000_000_000_000.. => (100_000_000_000, "TB"),
        1_000_000_000.. => (100_000_000, "GB"),
        1_000_000.. => (100_000, "MB"),
        _ => return format!("{bytes} B"),
    };
    let tenths = bytes / unit;
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

/// 0, or 1 when some device failed.
pub(crate) fn exit_code(all_well: bool) -> ExitCode {
    if all_well { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// A value or a dash.
pub(crate) fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Bytes in the unit people use for memory.
pub(crate) fn gib(bytes: u64) -> String {
    if bytes == 0 { "-".to_owned() } else { format!("{} GiB", bytes >> 30) }
}
