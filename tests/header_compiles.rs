//! The header compiles alone, in every standard of C and C++ that the installed compilers support, with all warnings as errors.

mod support;

use std::process::Command;
use support::{has, output, prefix, root, scratch, skip, text};

/// Each standard with its older names; a compiler takes one of them.
const C: [&[&str]; 5] = [&["c89"], &["c99"], &["c11"], &["c17"], &["c23", "c2x"]];
const CPP: [&[&str]; 6] = [&["c++98"], &["c++11"], &["c++14"], &["c++17"], &["c++20", "c++2a"], &["c++23", "c++2b"]];

fn compile_in_every_standard(compiler: &str, language: &str, standards: &[&[&str]]) {
    if !has(compiler, &format!("the header in {compiler}")) {
        return;
    }
    for names in standards {
        let knows = |name: &&&str| {
            let mut command = Command::new(compiler);
            output(command.arg(format!("-std={name}")).args(["-x", language, "-fsyntax-only", "/dev/null"]))
                .status
                .success()
        };
        let Some(standard) = names.iter().find(knows) else {
            skip(
                &format!("the header in {compiler} -std={}", names[0]),
                "this version of the compiler does not know it",
            );
            continue;
        };
        let mut command = Command::new(compiler);
        command.arg(format!("-std={standard}")).args(["-x", language]).args(support::WARNINGS).arg("-Wundef");
        if language == "c" {
            command.args(["-Wstrict-prototypes", "-Wc++-compat"]);
        }
        command.arg("-I").arg(prefix().join("include")).arg("-c").arg(root().join("tests/header/header_only.c"));
        let result = output(command.arg("-o").arg(scratch("header.o")));
        assert!(result.status.success(), "{command:?}:\n{}", text(&result.stderr));
    }
}

#[test]
fn gcc_c() {
    compile_in_every_standard("gcc", "c", &C);
}

#[test]
fn clang_c() {
    compile_in_every_standard("clang", "c", &C);
}

#[test]
fn gcc_cpp() {
    compile_in_every_standard("g++", "c++", &CPP);
}

#[test]
fn clang_cpp() {
    compile_in_every_standard("clang++", "c++", &CPP);
}
