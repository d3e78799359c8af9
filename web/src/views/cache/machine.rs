//! Which caches: a machine, each property of each of its levels, and machines of the reader's own.

use lab_core::{
    machine::{Cache, Machine, PROPERTIES, Prefetcher, Replacement, Setting},
    units::format_bytes,
};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    parts::{
        form::{Choice, choice},
        shell::whose,
    },
    state::{
        cache::{Config, FALLBACK},
        session::{Action, Handle, use_session},
        setup,
        shelf::Shelf,
        situation::{Situation, THIS},
    },
};

/// Machines that were saved under a name.
const SHELF: Shelf = Shelf("lab.machine.");

/// Begins the values of own machines in the menu.
const OWN: &str = "own:";

/// What is chosen here.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Begins the keys of the choices in the address.
    pub prefix: &'static str,
    /// The key of the machine.
    pub machine_key: &'static str,
    /// What the choices make.
    pub config: Config,
    /// Whether machines are saved and named here.
    #[prop_or_default]
    pub saves: bool,
}

/// The caches.
#[component]
pub fn Caches(props: &Props) -> Html {
    let session = use_session();
    let saved = {
        let update = use_force_update();
        use_callback((), move |(), ()| update.force_update())
    };
    let Props {
        prefix,
        machine_key,
        ref config,
        saves,
    } = *props;
    let this = session.report.as_ref().map(|report| &report.machine);
    let chosen = session.situation.get(machine_key);
    let (described, _) = setup::machine(chosen, FALLBACK, this);
    let levels = described.caches.iter().zip(&config.machine.caches);
    let levels = levels
        .enumerate()
        .map(|(depth, (described, current))| level(&session, prefix, depth, described, current));
    html! {
        <div class="machine-choice">
            { machines(&session, prefix, machine_key, &described, saves) }
            { line(&session, prefix, &described, config) }
            { for levels }
            { translation(&session, prefix, &described, config) }
            if let Some(problem) = &config.problem {
                <p class="problem" role="alert">{ problem }</p>
            }
            if saves { <Saving {prefix} {machine_key} changed={config.changed} {saved} /> }
        </div>
    }
}

/// Whether a key of the address sets something of the machine below a prefix.
fn sets(prefix: &str, key: &str) -> bool {
    let below = key.strip_prefix(prefix).and_then(|it| it.strip_prefix('.'));
    below.is_some_and(|setting| setting.parse::<Setting>().is_ok())
}

/// What of an address makes the machine below a prefix, as a text.
fn written(situation: &Situation, prefix: &str, machine_key: &str) -> String {
    let made = situation.without(|key| key != machine_key && !sets(prefix, key));
    made.to_query()
}

/// The situation with the machine that such a text makes.
fn with_machine(situation: &Situation, prefix: &str, machine_key: &str, text: &str) -> Situation {
    let bare = situation.without(|key| key == machine_key || sets(prefix, key));
    let settings = Situation::parse(text);
    let settings = settings.below("");
    settings.fold(bare, |made, (key, value)| {
        made.with(key, Some(value.to_owned()))
    })
}

fn machines(
    session: &Handle,
    prefix: &'static str,
    machine_key: &'static str,
    described: &Machine,
    saves: bool,
) -> Html {
    let this = session.report.as_ref().map(|report| &report.machine);
    let chosen = session.situation.get(machine_key);
    let mut options: Vec<(String, String)> = Machine::preset_names()
        .map(|name| (name.to_owned(), name.to_owned()))
        .collect();
    options.extend(this.map(|this| {
        let name = format!("{}: {}", whose(session), this.name);
        (THIS.to_owned(), name)
    }));
    // A link may name a machine that is not here.
    if let Some(unknown) = chosen.filter(|name| options.iter().all(|(known, _)| known != name)) {
        let name = format!("“{unknown}” is not here: {}", described.name);
        options.push((unknown.to_owned(), name));
    }
    let mut shown = chosen.unwrap_or(FALLBACK).to_owned();
    if saves {
        let now = written(&session.situation, prefix, machine_key);
        for name in SHELF.names() {
            let value = format!("{OWN}{name}");
            if SHELF.load(&name).as_deref() == Some(&now) {
                shown.clone_from(&value);
            }
            options.push((value, format!("mine: {name}")));
        }
    }
    let pick = {
        let session = session.clone();
        Callback::from(move |chosen: String| {
            let Some(name) = chosen.strip_prefix(OWN) else {
                return session.choose(machine_key, Some(chosen));
            };
            let Some(text) = SHELF.load(name) else { return };
            let made = with_machine(&session.situation, prefix, machine_key, &text);
            session.dispatch(Action::Situation(made));
        })
    };
    choice(
        session,
        Choice {
            key: machine_key.to_owned(),
            hook: machine_key.replace('.', "-"),
            label: "Machine".to_owned(),
            options,
            chosen: shown,
            pick: Some(pick),
        },
    )
}

/// Words for values of a property: what is written, and what is said.
type Options = Vec<(String, String)>;

fn bytes(values: impl IntoIterator<Item = u64>) -> Options {
    let words = |value: u64| (value.to_string(), format_bytes(value as f64));
    values.into_iter().map(words).collect()
}

fn words<'a>(values: impl IntoIterator<Item = &'a str>) -> Options {
    let words = |value: &str| (value.to_owned(), value.replace(',', ", "));
    values.into_iter().map(words).collect()
}

/// The line of all levels at once: caches of a machine have one as a rule.
fn line(session: &Handle, prefix: &'static str, described: &Machine, config: &Config) -> Html {
    let depths = 1..=described.caches.len();
    let keys: Vec<String> = depths
        .map(|depth| format!("{prefix}.l{depth}.line"))
        .collect();
    let now: Vec<u64> = config.machine.caches.iter().map(|it| it.line).collect();
    let same = now.windows(2).all(|pair| pair[0] == pair[1]);
    let mut options = bytes([4, 8, 16, 32, 64, 128, 256]);
    let own = described.line();
    for (value, words) in &mut options {
        if *value == own.to_string() {
            words.push_str(", as it is");
        }
    }
    if !same {
        options.push((String::new(), "differs by level".to_owned()));
    }
    let pick = {
        let session = session.clone();
        let keys = keys.clone();
        Callback::from(move |chosen: String| {
            let chosen = Some(chosen).filter(|it| *it != own.to_string());
            let mut made = session.situation.clone();
            for key in &keys {
                made = made.with(key, chosen.clone());
            }
            session.dispatch(Action::Situation(made));
        })
    };
    choice(
        session,
        Choice {
            key: format!("{prefix}.line"),
            hook: format!("{prefix}-line"),
            label: "Line".to_owned(),
            options,
            chosen: if same {
                now[0].to_string()
            } else {
                String::new()
            },
            pick: Some(pick),
        },
    )
}

/// Everything of one level, line by line, and the same as the command line spells it.
fn level(
    session: &Handle,
    prefix: &'static str,
    depth: usize,
    described: &Cache,
    current: &Cache,
) -> Html {
    let lines = current.size / current.line.max(1);
    let options = |property: &str| -> Options {
        match property {
            "size" => bytes((-4..=4).filter_map(|shift| {
                let size = if shift < 0 {
                    described.size >> -shift
                } else {
                    described.size << shift
                };
                (size >= current.line * current.ways).then_some(size)
            })),
            "line" => bytes([4, 8, 16, 32, 64, 128, 256]),
            "ways" => {
                let counts = [1, 2, 4, 8, 16].into_iter().filter(|count| *count < lines);
                let mut options: Options =
                    counts.map(|it| (it.to_string(), it.to_string())).collect();
                if let Some((_, one)) = options.first_mut() {
                    one.push_str(" (direct-mapped)");
                }
                if lines <= 64 {
                    options.push((lines.to_string(), format!("{lines} (fully associative)")));
                }
                options
            }
            "policy" => {
                let all = Replacement::ALL.iter();
                // The future is known to the first level alone.
                let here = all.filter(|policy| depth == 0 || !policy.needs_future());
                words(here.map(|policy| policy.name()))
            }
            "write" => words([
                "back,allocate",
                "back,no-allocate",
                "through,allocate",
                "through,no-allocate",
            ]),
            "inclusion" => words(["nine", "inclusive", "exclusive"]),
            "victim" => words(["0", "1", "2", "4", "8", "16"]),
            "prefetch" => {
                let one = Prefetcher::ALL.map(Prefetcher::name);
                words(["none"].into_iter().chain(one).chain(["stride,stream"]))
            }
            // What is said of times and cores changes no count here.
            _ => Options::new(),
        }
    };
    let fields = PROPERTIES.iter().filter_map(|(property, _)| {
        let mut options = options(property);
        if options.is_empty() || (*property == "inclusion" && depth == 0) {
            return None;
        }
        let own = described.get(property).ok()?;
        let own = if matches!(*property, "size" | "line") {
            format_bytes(if *property == "size" {
                described.size
            } else {
                described.line
            } as f64)
        } else {
            own.replace(',', ", ")
        };
        // The value of the description is no choice: an address without a word on it means that.
        options.retain(|(value, words)| *words != own && *value != own);
        options.insert(0, (String::new(), format!("{own}, as it is")));
        let key = format!("{prefix}.l{}.{property}", depth + 1);
        let said = session.situation.get(&key).unwrap_or_default().to_owned();
        if options.iter().all(|(value, _)| *value != said) {
            options.push((said.clone(), said.clone()));
        }
        Some(choice(
            session,
            Choice {
                hook: key.replace('.', "-"),
                key,
                label: (*property).to_owned(),
                options,
                chosen: said,
                pick: None,
            },
        ))
    });
    let properties = [
        "size",
        "line",
        "ways",
        "policy",
        "write",
        "inclusion",
        "victim",
        "prefetch",
    ];
    let spelled: Vec<String> = properties
        .into_iter()
        .filter_map(|property| Some(format!("{property}={}", current.get(property).ok()?)))
        .collect();
    let said = format!(
        "{}, {} ways, {}",
        format_bytes(current.size as f64),
        current.ways,
        current.replacement.name()
    );
    html! {
        <details class="level" open={depth == 0} data-testid={format!("{prefix}-level-{}", depth + 1)}>
            <summary><strong>{ &current.name }</strong>{ format!(" {said}") }</summary>
            <div class="properties">{ for fields }</div>
            <Spelled {prefix} depth={depth + 1} described={described.clone()}
                text={format!("{}: {}", current.name, spelled.join(" "))} />
        </details>
    }
}

/// The first TLB, and the pages that it translates.
fn translation(
    session: &Handle,
    prefix: &'static str,
    described: &Machine,
    config: &Config,
) -> Html {
    let field = |setting: &'static str, mut options: Options| {
        let setting: Setting = setting.parse().ok()?;
        let own = setting.get(described).unwrap_or_else(|| "none".to_owned());
        options.retain(|(value, words)| *value != own && words.replace(' ', "") != own);
        options.insert(0, (String::new(), format!("{own}, as it is")));
        let key = format!("{prefix}.{setting}");
        let said = session.situation.get(&key).unwrap_or_default().to_owned();
        if options.iter().all(|(value, _)| *value != said) {
            options.push((said.clone(), said.clone()));
        }
        let label = match setting.to_string().as_str() {
            "page" => "page",
            "tlb.ways" => "ways",
            _ => "entries",
        };
        Some(choice(
            session,
            Choice {
                hook: key.replace('.', "-"),
                key,
                label: label.to_owned(),
                options,
                chosen: said,
                pick: None,
            },
        ))
    };
    let said = config
        .machine
        .tlbs
        .first()
        .map_or("none".to_owned(), |tlb| {
            format!(
                "{} entries, pages of {}",
                tlb.entries,
                format_bytes(config.machine.page as f64)
            )
        });
    let ways = (!config.machine.tlbs.is_empty()).then(|| words(["1", "2", "4", "8", "full"]));
    html! {
        <details class="level" data-testid={format!("{prefix}-tlb")}>
            <summary><strong>{ "TLB" }</strong>{ format!(" {said}") }</summary>
            <div class="properties">
                { for field("tlb.entries", words(["0", "2", "4", "8", "16", "32", "64", "128"])) }
                { for ways.and_then(|ways| field("tlb.ways", ways)) }
                { for field("page", bytes([64, 256, 1024, 4096, 65_536, 2 << 20])) }
            </div>
        </details>
    }
}

/// A level as `--level` spells it.
#[derive(Clone, PartialEq, Properties)]
struct SpelledProps {
    prefix: &'static str,
    depth: usize,
    described: Cache,
    text: String,
}

#[component]
fn Spelled(props: &SpelledProps) -> Html {
    let session = use_session();
    let refused = use_state_eq(|| None::<(String, String)>);
    let onchange = {
        let (props, refused) = (props.clone(), refused.setter());
        Callback::from(move |event: Event| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            match spelled(&session.situation, &props, &text) {
                Ok(made) => {
                    refused.set(None);
                    session.dispatch(Action::Situation(made));
                }
                Err(why) => refused.set(Some((text, why))),
            }
        })
    };
    let (text, why) = match &*refused {
        Some((text, why)) => (text, Some(why)),
        None => (&props.text, None),
    };
    html! {
        <div class="spelled">
            <label>
                <span class="hint">{ "As the command line spells it, after --level" }</span>
                <input type="text" value={text.clone()} {onchange} autocomplete="off" spellcheck="false"
                    data-testid={format!("{}-spelled-{}", props.prefix, props.depth)}
                    aria-invalid={why.map(|_| "true")} />
            </label>
            if let Some(why) = why { <p class="problem" role="alert">{ why }</p> }
        </div>
    }
}

/// The situation with a level as it was typed.
fn spelled(situation: &Situation, props: &SpelledProps, text: &str) -> Result<Situation, String> {
    let (name, properties) = text
        .split_once(':')
        .unwrap_or((&props.described.name, text));
    if !name.trim().eq_ignore_ascii_case(&props.described.name) {
        return Err(format!("This line is of {}.", props.described.name));
    }
    let begins = format!("{}.l{}.", props.prefix, props.depth);
    let mut made = situation.without(|key| key.starts_with(&begins));
    let mut cache = props.described.clone();
    for word in properties.split_whitespace() {
        let Some((property, value)) = word.split_once('=') else {
            return Err(format!("`{word}` is no `name=value`."));
        };
        cache
            .set(property, value)
            .map_err(|why| format!("{why}."))?;
        if cache.get(property) != props.described.get(property) {
            made = made.with(&format!("{begins}{property}"), Some(value.to_owned()));
        }
    }
    Ok(made)
}

/// What is saved.
#[derive(Clone, PartialEq, Properties)]
struct SavingProps {
    prefix: &'static str,
    machine_key: &'static str,
    changed: bool,
    /// Told when there is another machine in the menu.
    saved: Callback<()>,
}

/// Saves a changed machine under a name; it is in the menu then.
#[component]
fn Saving(props: &SavingProps) -> Html {
    let session = use_session();
    let name = use_state_eq(String::new);
    let said = use_state_eq(String::new);
    let typed = {
        let name = name.setter();
        Callback::from(move |event: InputEvent| {
            name.set(event.target_unchecked_into::<HtmlInputElement>().value());
        })
    };
    let save = {
        let (session, props) = (session.clone(), props.clone());
        let (name, said) = (name.clone(), said.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let name = name.trim();
            if name.is_empty() {
                return said.set("Give it a name first.".to_owned());
            }
            let text = written(&session.situation, props.prefix, props.machine_key);
            said.set(match SHELF.save(name, &text) {
                Ok(()) => format!(
                    "“{name}” is in the menu of machines. The address of this page is its link."
                ),
                Err(why) => why.to_owned(),
            });
            props.saved.emit(());
        })
    };
    let back = {
        let (session, prefix) = (session.clone(), props.prefix);
        Callback::from(move |_: MouseEvent| {
            let made = session.situation.without(|key| sets(prefix, key));
            session.dispatch(Action::Situation(made));
        })
    };
    html! {
        <form class="saving" onsubmit={save}>
            <label for="machine-name">{ "Name" }</label>
            <input id="machine-name" type="text" autocomplete="off" value={(*name).clone()} oninput={typed} />
            <button type="submit" class="quiet" data-testid="save-machine">{ "Save machine" }</button>
            if props.changed {
                <button type="button" class="quiet" onclick={back}>{ "Undo all changes" }</button>
            }
            <p class="hint" role="status">{ (*said).clone() }</p>
        </form>
    }
}
