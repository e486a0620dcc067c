//! The shape of a command: its words, its arguments and what may follow them. The table of all of them is in
//! `commands`; usage lines, help, completions and the counting of arguments come from it.

use super::commands::{self, Call, Outcome};
use super::flags::Flags;
use super::{Failure, Usage};
use clap::{Arg, Args, Command, ValueHint};

/// One command.
pub(crate) struct Leaf {
    /// Its words, the group first.
    pub(crate) path: &'static [&'static str],
    /// Arguments that must be there.
    pub(crate) args: &'static [Argument],
    /// One that may follow them.
    pub(crate) optional: Option<Argument>,
    /// What may stand at the very end.
    pub(crate) tail: Tail,
    /// One line of help.
    pub(crate) about: &'static str,
    /// Complete commands, without the program's name.
    pub(crate) examples: &'static [&'static str],
    /// Does it.
    pub(crate) run: fn(&mut Call<'_>) -> Result<Outcome, Failure>,
}

/// One argument.
#[derive(Clone, Copy)]
pub(crate) struct Argument {
    /// As usage lines write it.
    pub(crate) shown: &'static str,
    /// One line of help.
    pub(crate) help: &'static str,
}

/// Optional arguments at the end, which other sources may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// None.
    Nothing,
    /// `[<user_auth_token>]`
    Token,
    /// `[<domain_id> <user_auth_token>]`, both or none.
    DomainAndToken,
}

/// Domain and token as the arguments name them.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) domain: Option<String>,
    pub(crate) token: Option<String>,
}

const DOMAIN: Argument = Argument { shown: "<domain_id>", help: "The domain's id" };
const TOKEN: Argument =
    Argument { shown: "<user_auth_token>", help: "The user's token; - reads it from standard input" };

impl Tail {
    fn arguments(self) -> &'static [Argument] {
        match self {
            Tail::Nothing => &[],
            Tail::Token => &[TOKEN],
            Tail::DomainAndToken => &[DOMAIN, TOKEN],
        }
    }
}

/// Groups that take the id before the operation.
pub(crate) fn id_first(group: &str) -> bool {
    matches!(group, "users" | "domains" | "channels" | "clients")
}

impl Leaf {
    /// Whether its first argument is the id that may stand before the operation.
    pub(crate) fn takes_id(&self) -> bool {
        id_first(self.path[0])
            && self
                .args
                .first()
                .is_some_and(|arg| arg.shown.ends_with("_id>") || arg.shown.ends_with("|all>"))
    }

    fn shown(&self, id_first: bool) -> String {
        let mut words: Vec<&str> = vec![self.path[0]];
        let mut args = self.args.iter().map(|arg| arg.shown);
        if id_first {
            words.extend(args.next());
        }
        words.extend(&self.path[1..]);
        words.extend(args);
        let optional = self.optional.map(|arg| format!("[{}]", arg.shown));
        words.extend(optional.as_deref());
        let tail = self.tail.arguments().iter().map(|arg| arg.shown).collect::<Vec<_>>().join(" ");
        let tail = format!("[{tail}]");
        if self.tail != Tail::Nothing {
            words.push(&tail);
        }
        words.join(" ")
    }

    /// The usage lines; the platform's commands have two.
    pub(crate) fn usage(&self, name: &str) -> Vec<String> {
        let mut lines = vec![format!("{name} {}", self.shown(self.takes_id()))];
        if self.takes_id() {
            lines.push(format!("{name} {}", self.shown(false)));
        }
        lines
    }

    /// Splits what was given into the command's own arguments and the tail.
    pub(crate) fn split(&self, mut given: Vec<String>) -> Result<(Vec<String>, Typed), Usage> {
        let most = self.args.len() + usize::from(self.optional.is_some());
        let tail = self.tail.arguments().len();
        let own = (self.args.len()..=most).find(|own| given.len() == *own || given.len() == own + tail);
        let Some(own) = own else {
            return Err(Usage::of(self, self.miscounted(given.len())));
        };
        let rest = given.split_off(own);
        let mut rest = rest.into_iter();
        let typed = match self.tail {
            Tail::Nothing => Typed::default(),
            Tail::Token => Typed { domain: None, token: rest.next() },
            Tail::DomainAndToken => Typed { domain: rest.next(), token: rest.next() },
        };
        Ok((given, typed))
    }

    fn miscounted(&self, given: usize) -> String {
        if self.tail == Tail::DomainAndToken && given == self.args.len() + 1 {
            return "give both <domain_id> and <user_auth_token>, or neither".into();
        }
        match given.cmp(&self.args.len()) {
            std::cmp::Ordering::Less => {
                let missing: Vec<&str> = self.args[given..].iter().map(|arg| arg.shown).collect();
                format!("missing {}", missing.join(" "))
            }
            _ => "too many arguments".into(),
        }
    }

    fn clap(&self, name: &'static str) -> Command {
        let usage = self.usage(name).join("\n       ");
        let examples: Vec<String> = self.examples.iter().map(|line| format!("  {name} {line}")).collect();
        let mut command = Command::new(self.path[self.path.len() - 1])
            .about(self.about)
            .override_usage(usage)
            .after_help(format!("Examples:\n{}", examples.join("\n")));
        let all = self.args.iter().chain(self.optional.as_ref()).chain(self.tail.arguments());
        for (at, argument) in all.enumerate() {
            // A choice is written as it is read, without the brackets of usage lines.
            let shown = argument.shown.trim_matches(['<', '>', '[', ']']);
            let shown = if shown.starts_with("all ") { "all|client_id" } else { shown };
            command = command.arg(
                Arg::new(PLACES[at])
                    .value_name(shown)
                    .help(argument.help)
                    .value_hint(ValueHint::AnyPath)
                    .index(at + 1),
            );
        }
        command
    }
}

/// What `clap` calls the arguments; the longest command has seven.
const PLACES: [&str; 8] = ["1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th"];

/// The values of the arguments, in order.
pub(crate) fn values(matches: &clap::ArgMatches) -> Vec<String> {
    PLACES.iter().map_while(|place| matches.try_get_one::<String>(place).ok().flatten().cloned()).collect()
}

/// The command with exactly these words.
pub(crate) fn leaf(path: &[&str]) -> Option<&'static Leaf> {
    commands::all().find(|leaf| leaf.path == path)
}

/// Whether some command begins with these words.
pub(crate) fn known(path: &[&str]) -> bool {
    commands::all().any(|leaf| leaf.path.starts_with(path))
}

/// Commands that start things come before the groups in the help.
const FIRST_GROUP: usize = 10;

/// One group as `clap` wants it, with help and completions.
pub(crate) fn group(name: &'static str, group: &commands::Group) -> Command {
    let path = [group.name];
    let own_examples = leaf(&path).map(|leaf| leaf.examples);
    let command = leaf(&path).map(|leaf| leaf.clap(name)).unwrap_or_else(|| {
        Command::new(group.name)
            .subcommand_required(true)
            .arg_required_else_help(true)
            .disable_help_subcommand(true)
    });
    let order = commands::GROUPS.iter().position(|other| other.name == group.name).unwrap_or_default();
    // The flags bring the description of their own type along, so the group's comes after them.
    let mut command =
        Flags::augment_args(command).about(group.about).long_about(None).display_order(FIRST_GROUP + order);
    if own_examples.is_none() {
        command = command.after_help(branch_help(name, &path));
    }
    children(name, command, &path)
}

/// One example of each command below, and a word about the two orders.
fn branch_help(name: &str, path: &[&str]) -> String {
    let below = commands::all().filter(|leaf| leaf.path.starts_with(path));
    let examples: Vec<String> =
        below.filter_map(|leaf| leaf.examples.first()).map(|line| format!("  {name} {line}")).collect();
    let mut text = format!("Examples:\n{}", examples.join("\n"));
    if id_first(path[0]) {
        text.push_str("\n\nThe id may stand before the operation or, as in older programs, behind it.");
    }
    text
}

fn children(name: &'static str, mut command: Command, path: &[&'static str]) -> Command {
    let mut seen: Vec<&'static str> = Vec::new();
    for leaf in commands::all().filter(|leaf| leaf.path.len() > path.len() && leaf.path.starts_with(path)) {
        let word = leaf.path[path.len()];
        if seen.contains(&word) {
            continue;
        }
        seen.push(word);
        let here = [path, &[word]].concat();
        let node = self::leaf(&here).map_or_else(
            || {
                Command::new(word)
                    .about(commands::about_branch(&here))
                    .after_help(branch_help(name, &here))
                    .subcommand_required(true)
                    .arg_required_else_help(true)
                    .disable_help_subcommand(true)
            },
            |leaf| leaf.clap(name).disable_help_subcommand(true),
        );
        command = command.subcommand(children(name, node, &here));
    }
    command
}
