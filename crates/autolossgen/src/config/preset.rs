//! The presets: defaults, and what each preset lays over the one before.

use autolossgen_recsys::Registry;
use autolossgen_settings::{Choice, Section, Setting};

use super::{Config, Preset};

/// What a configuration begins with.
const HEADING: &str = "# Our settings: every loss at the same mean step, so that it is compared by its shape and not by a constant factor.\n";

/// A comment that points to the setting above, whose comment speaks of both.
const POINTER: &str = "See ";

impl Preset {
    /// The presets from the bottom up, the last on top.
    fn layers(self) -> &'static [Preset] {
        let end = Preset::ALL.iter().position(|preset| *preset == self).map_or(0, |at| at + 1);
        &Preset::ALL[..end]
    }
}

/// A preset as commented TOML: every setting with its comment, its value, and the reason where the preset has one of its own.
pub fn preset_text(preset: Preset, models: &Registry) -> String {
    let mut text = format!("{HEADING}\n");
    write(&mut text, preset, Config::SETTINGS);
    for (name, settings) in Config::SECTIONS {
        text += &format!("\n[{name}]\n");
        write(&mut text, preset, settings);
        if *name == "model" {
            for model in models.iter() {
                text += &format!("\n# {}\n[model.{}]\n", model.about, model.name);
                write(&mut text, preset, model.settings);
            }
        }
    }
    text
}

fn write(text: &mut String, preset: Preset, settings: &[Setting]) {
    for setting in settings {
        let mut value = setting.default;
        let mut comment: Vec<String> = match setting.comment {
            [first, ..] if first.trim_start().starts_with(POINTER) => Vec::new(),
            lines => lines.iter().map(|line| format!("#{line}\n")).collect(),
        };
        for layer in preset.layers() {
            for own in setting.overrides.iter().filter(|own| own.preset == layer.name()) {
                value = own.value;
                comment.extend((!own.why.starts_with(POINTER)).then(|| format!("# {}\n", own.why)));
            }
        }
        *text += &format!("{}{} = {value}\n", comment.concat(), setting.name);
    }
}

/// The comment of a setting, as the help of a flag that stands for it; the key is a dotted one.
pub fn comment_of(key: &str) -> Option<String> {
    let (section, name) = key.split_once('.').unwrap_or(("", key));
    let of_section = Config::SECTIONS.iter().find(|(known, _)| *known == section).map(|(_, settings)| *settings);
    let settings = if section.is_empty() { Config::SETTINGS } else { of_section? };
    let setting = settings.iter().find(|setting| setting.name == name)?;
    Some(setting.comment.concat().trim_start().to_owned())
}
