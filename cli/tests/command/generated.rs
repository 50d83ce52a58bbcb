//! The manual and the completions, as programs read them that are made for it.

use crate::support::{has, scratch, text};
use crate::{run, usbx};
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn generated() -> PathBuf {
    let directory = scratch("generated");
    run(&mut usbx(&["generate", directory.to_str().expect("a path")])).expect(0, &[]);
    directory
}

const COMMANDS: [&str; 8] = ["list", "watch", "read", "write", "control", "share", "doctor", "udev"];

#[test]
fn the_manual_is_sound_and_names_every_option() {
    if !has("groff", "the manual's check") {
        return;
    }
    let directory = generated();
    let page = |name: &str| {
        let mut groff = Command::new("groff");
        groff.args(["-ww", "-man", "-Tascii", "-P-cbou", "-rLL=200n"]).arg(directory.join(format!("{name}.1")));
        let ended = run(&mut groff);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{name}");
        ended.stdout()
    };
    let overview = page("usbx");
    for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"] {
        assert!(overview.lines().any(|line| line == section), "no {section} in:\n{overview}");
    }
    for command in COMMANDS {
        assert!(overview.contains(&format!("usbx-{command}(1)")));
        let manual = page(&format!("usbx-{command}"));
        assert!(manual.contains("EXAMPLES") && manual.contains(&format!("usbx {command} ")), "{manual}");
        let help = run(&mut usbx(&[command, "--help"])).stdout();
        for option in help.split(|c: char| c.is_whitespace() || c == ',').filter(|word| word.starts_with("--")) {
            assert!(manual.contains(option), "no {option} in the manual of {command}");
        }
    }
}

#[test]
fn bash_completes() {
    let script = "source \"$1\"; COMP_WORDS=(usbx re); COMP_CWORD=1; _usbx usbx re usbx; echo \"${COMPREPLY[@]}\"
        COMP_WORDS=(usbx read --det); COMP_CWORD=2; _usbx usbx --det read; echo \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    bash.args(["-c", script, "bash"]).arg(generated().join("usbx.bash"));
    assert_eq!(run(&mut bash).expect(0, &[]).stdout(), "read\n--detach\n");
}

#[test]
fn zsh_reads_it() {
    if has("zsh", "the completions for zsh") {
        run(Command::new("zsh").arg("-n").arg(generated().join("_usbx"))).expect(0, &[]);
        let script = "autoload -U compinit; compinit -u; source $1; whence -w _usbx";
        let mut zsh = Command::new("zsh");
        zsh.args(["-f", "-c", script, "zsh"]).arg(generated().join("_usbx")).env("ZDOTDIR", scratch("zsh"));
        assert!(text(&zsh.stdin(Stdio::null()).output().expect("zsh").stdout).contains("_usbx: function"));
    }
}

#[test]
fn fish_completes() {
    if has("fish", "the completions for fish") {
        let mut fish = Command::new("fish");
        fish.args(["--no-config", "-c", "source $argv[1]; complete -C 'usbx re'"]).arg(generated().join("usbx.fish"));
        let shown = run(fish.env("HOME", scratch("fish"))).expect(0, &[]).stdout();
        assert!(shown.starts_with("read\t"), "{shown}");
    }
}
