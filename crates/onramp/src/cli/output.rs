//! Printing: data on stdout, talk on stderr; the reference's form for people and scrapers, one line of JSON
//! for programs.

use super::commands::Outcome;
use super::settings::Env;
use super::{Failure, grammar};
use onramp_client::{Error, Json};
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};

/// How results and errors are written.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// As the reference prints: an empty line, sorted JSON with two blanks, an empty line.
    #[default]
    Text,
    /// One compact line.
    Json,
}

/// Where and how things are printed.
pub struct Console {
    format: Format,
    raw: bool,
    colour_out: bool,
    colour_err: bool,
}

impl Console {
    /// Colours only on a terminal that wants them.
    #[must_use]
    pub(crate) fn new(format: Format, raw: bool, env: &Env) -> Self {
        let colour = env.colour && format == Format::Text;
        Console {
            format,
            raw,
            colour_out: colour && std::io::stdout().is_terminal(),
            colour_err: colour && std::io::stderr().is_terminal(),
        }
    }

    /// Prints a result. A reader that has gone away is no error of ours.
    pub(crate) fn result(&self, outcome: &Outcome, raw: bool) {
        let text = self.render(outcome, raw || self.raw);
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes());
        let _ = out.flush();
    }

    fn render(&self, outcome: &Outcome, raw: bool) -> String {
        let blue =
            |text: &str| if self.colour_out { format!("\x1b[34m{text}\x1b[0m") } else { text.to_owned() };
        match (outcome, self.format) {
            (Outcome::Json(json), Format::Text) => format!("\n{}\n\n", pretty(json, self.colour_out)),
            (Outcome::Json(json), Format::Json) => format!("{}\n", json.compact()),
            (Outcome::Done, Format::Text) => format!("\n{}\n\n", blue("ok")),
            (Outcome::Done, Format::Json) => "{\"ok\":true}\n".into(),
            (Outcome::Created(id), Format::Text) if raw => format!("{id}\n"),
            (Outcome::Created(id), Format::Text) => format!("\n{}\n\n", blue(&format!("created: {id}"))),
            (Outcome::Created(id), Format::Json) => format!("{}\n", serde_json::json!({ "created": id })),
        }
    }

    /// Says something that is neither result nor error.
    pub(crate) fn talk(&self, text: &str) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Prints why it did not work, and what may help.
    pub(crate) fn failure(&self, failure: &Failure, name: &str) {
        if let (Failure::Clap(error), true) = (failure, self.format == Format::Text || !is_error(failure)) {
            let _ = error.print();
            return;
        }
        let _ = std::io::stderr().write_all(self.render_failure(failure, name).as_bytes());
    }

    fn render_failure(&self, failure: &Failure, name: &str) -> String {
        let usage = match failure {
            Failure::Usage(usage) => {
                usage.leaf.as_deref().and_then(grammar::leaf).map(|leaf| leaf.usage(name)).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let hint = match failure {
            Failure::Usage(usage) => usage.hint.as_ref(),
            Failure::Call { hint, .. } => hint.as_ref(),
            Failure::Clap(_) => None,
        };
        let message = match failure {
            // Only its first line: the rest is usage and hints for people.
            Failure::Clap(error) => {
                let text = error.to_string();
                text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
            }
            other => other.to_string(),
        };
        if self.format == Format::Json {
            return json_failure(failure, &message, &usage, hint);
        }
        let (red, bold, yellow, end) = if self.colour_err {
            ("\x1b[31m", "\x1b[31;1m", "\x1b[33m", "\x1b[0m")
        } else {
            ("", "", "", "")
        };
        let mut text = format!("\n{bold}error: {end}{red}{message}{end}\n\n");
        for line in usage {
            let _ = write!(text, "{yellow}usage: {line}{end}\n\n");
        }
        if let Some(hint) = hint {
            let _ = write!(text, "hint: {hint}\n\n");
        }
        text
    }
}

fn is_error(failure: &Failure) -> bool {
    !matches!(failure, Failure::Clap(error) if error.exit_code() == 0)
}

fn json_failure(failure: &Failure, message: &str, usage: &[String], hint: Option<&String>) -> String {
    let mut body = serde_json::json!({ "error": message });
    if let Failure::Call { error: Error::Status { code, message, .. }, .. } = failure {
        body["status"] = (*code).into();
        body["message"] = message.as_str().into();
    }
    if !usage.is_empty() {
        body["usage"] = usage.into();
    }
    if let Some(hint) = hint {
        body["hint"] = hint.as_str().into();
    }
    format!("{body}\n")
}

/// Sorted, indented by two blanks, coloured as the reference does it.
fn pretty(json: &Json, colour: bool) -> String {
    let mut out = String::new();
    write_pretty(&mut out, json, 0, colour);
    out
}

fn write_pretty(out: &mut String, json: &Json, depth: usize, colour: bool) {
    let indent = "  ".repeat(depth + 1);
    match json {
        Json::List(list) if !list.is_empty() => {
            out.push_str("[\n");
            for (at, value) in list.iter().enumerate() {
                out.push_str(&indent);
                write_pretty(out, value, depth + 1, colour);
                out.push_str(if at + 1 < list.len() { ",\n" } else { "\n" });
            }
            out.push_str(&indent[2..]);
            out.push(']');
        }
        Json::Object(map) if !map.is_empty() => {
            out.push_str("{\n");
            for (at, (key, value)) in map.iter().enumerate() {
                out.push_str(&indent);
                paint(out, &Json::Text(key.clone()).compact(), "34;1", colour);
                out.push_str(": ");
                write_pretty(out, value, depth + 1, colour);
                out.push_str(if at + 1 < map.len() { ",\n" } else { "\n" });
            }
            out.push_str(&indent[2..]);
            out.push('}');
        }
        Json::List(_) | Json::Object(_) => out.push_str(&json.compact()),
        Json::Text(_) => paint(out, &json.compact(), "32;1", colour),
        Json::Number(_) => paint(out, &json.compact(), "36;1", colour),
        Json::Bool(_) => paint(out, &json.compact(), "33;1", colour),
        Json::Null => paint(out, "null", "30;1", colour),
    }
}

fn paint(out: &mut String, text: &str, code: &str, colour: bool) {
    if colour {
        let _ = write!(out, "\x1b[{code}m{text}\x1b[0;22m");
    } else {
        out.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Usage;
    use super::*;

    fn console(format: Format) -> Console {
        Console { format, raw: false, colour_out: false, colour_err: false }
    }

    fn sample() -> Outcome {
        Outcome::Json(
            Json::parse(br#"{"state":0,"name":"n","channels":[{"metadata":{"b":1.0,"a":null},"id":"c"}],"e":[],"o":{},"content":"x\ny \"q\" \u00e9 <b>"}"#)
                .unwrap(),
        )
    }

    #[test]
    fn results() {
        let text = console(Format::Text);
        insta::assert_snapshot!("json_as_text", text.render(&sample(), false));
        assert_eq!(text.render(&Outcome::Done, false), "\nok\n\n");
        assert_eq!(text.render(&Outcome::Created("id".into()), false), "\ncreated: id\n\n");
        assert_eq!(text.render(&Outcome::Created("id".into()), true), "id\n");
        let json = console(Format::Json);
        insta::assert_snapshot!("json_as_json", json.render(&sample(), false));
        assert_eq!(json.render(&Outcome::Done, false), "{\"ok\":true}\n");
        assert_eq!(json.render(&Outcome::Created("id".into()), true), "{\"created\":\"id\"}\n");
    }

    #[test]
    fn colours_are_the_references() {
        let coloured = Console { format: Format::Text, raw: false, colour_out: true, colour_err: true };
        let text = coloured.render(&Outcome::Json(Json::parse(br#"{"k":[1,"s",true]}"#).unwrap()), false);
        assert!(text.contains("\x1b[34;1m\"k\"\x1b[0;22m: [\n    \x1b[36;1m1\x1b[0;22m,\n"), "{text:?}");
    }

    #[test]
    fn failures() {
        let refused = Failure::Call {
            error: Error::Status { code: 404, message: "entity not found".into(), detail: None },
            hint: Some("look again".into()),
        };
        let leaf = grammar::leaf(&["bootstrap", "create"]).unwrap();
        let wrong = Failure::Usage(Usage::of(leaf, "missing <JSON_config>"));
        assert_eq!((refused.exit_code(), wrong.exit_code()), (1, 2));
        for format in [Format::Text, Format::Json] {
            let console = console(format);
            let both = console.render_failure(&refused, "onramp")
                + &console.render_failure(&wrong, "magistrala-cli");
            insta::assert_snapshot!(format!("failures_{format:?}"), both);
        }
    }
}
