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

/// A configuration of one preset as commented TOML. `over` has dotted keys and values that differ from the defaults of sections that it
/// shares.
pub(super) fn section_text<C: Section>(heading: &str, over: &[(&str, &str)]) -> String {
    let mut text = format!("{heading}\n");
    write_over(&mut text, Preset::Default, C::SETTINGS, "", over);
    for (name, settings) in C::SECTIONS {
        text += &format!("\n[{name}]\n");
        write_over(&mut text, Preset::Default, settings, &format!("{name}."), over);
    }
    text
}

fn write(text: &mut String, preset: Preset, settings: &[Setting]) {
    write_over(text, preset, settings, "", &[]);
}

fn write_over(text: &mut String, preset: Preset, settings: &[Setting], prefix: &str, over: &[(&str, &str)]) {
    for setting in settings {
        let own = |(key, _): &&(&str, &str)| key.strip_prefix(prefix) == Some(setting.name);
        let mut value = over.iter().find(own).map_or(setting.default, |(_, value)| value);
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
