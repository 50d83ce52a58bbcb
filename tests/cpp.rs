//! The C++ interface and its examples, with the installed library, in each standard, compiler and C++ library.

mod support;

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use support::{
    compile, declared_functions, has, output, passed, prefix, root, run, run_for, scratch, skip, text, Library,
};

const PARTS: [&str; 13] = [
    "main", "status", "timeout", "bytes", "buffer", "owner", "device", "queue", "stream", "watch", "capture", "model",
    "share",
];
const STRICT: [&str; 5] = ["-Wshadow", "-Wsign-conversion", "-Wold-style-cast", "-Wextra-semi", "-Wnon-virtual-dtor"];
/// Without optimization, as these take long to compile.
const SANITIZED: [&str; 4] =
    ["-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];
const PLAIN: [&str; 2] = ["-fno-exceptions", "-fno-rtti"];

/// The headers, with the path that a program includes them by.
fn headers() -> Vec<(String, String)> {
    let mut names = vec!["usbx.hpp".to_owned()];
    for entry in std::fs::read_dir(root().join("include/usbx")).unwrap() {
        names.push(format!("usbx/{}", entry.unwrap().file_name().into_string().unwrap()));
    }
    let read = |name: String| {
        let text = std::fs::read_to_string(prefix().join("include").join(&name));
        (name.clone(), text.unwrap_or_else(|error| panic!("{name} is not installed: {error}")))
    };
    names.into_iter().map(read).collect()
}

/// A test program of these sources in tests/cpp; the last line of what it prints has to say that all of it passed.
fn test_program(compiler: &[&str], flags: &[&str], parts: &[&str], library: Library) {
    let sources: Vec<String> = parts.iter().map(|part| format!("tests/cpp/{part}.cpp")).collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).chain(["tests/conformance/check.c"]).collect();
    let compiler = [compiler, &["-x", "c++"]].concat();
    let tests = format!("-I{}", root().join("tests/conformance").display());
    let program = compile(&compiler, &[flags, &["-Wshadow", &tests]].concat(), &sources, library);
    passed(&run(Command::new(program).env("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1")));
}

#[test]
fn each_part_shared() {
    test_program(&["g++"], &["-std=c++17"], &PARTS, Library::Shared);
}

#[test]
fn each_part_in_cpp20_static_with_sanitizers() {
    test_program(&["g++"], &[&SANITIZED[..], &["-std=c++20"]].concat(), &PARTS, Library::Static);
}

#[test]
fn each_part_by_clang_with_its_own_library() {
    if !has("clang++", "the C++ interface in clang++") {
        return;
    }
    let library: &[&str] = if has_libcxx() { &["-stdlib=libc++"] } else { &[] };
    test_program(&["clang++"], &[library, &["-std=c++20", "-O0"]].concat(), &PARTS, Library::Shared);
}

#[test]
fn without_exceptions() {
    test_program(&["g++"], &[&PLAIN[..], &["-std=c++17"]].concat(), &["no_exceptions"], Library::Shared);
    test_program(&["g++"], &[&PLAIN[..], &SANITIZED, &["-std=c++20"]].concat(), &["no_exceptions"], Library::Static);
}

fn has_libcxx() -> bool {
    let mut command = Command::new("clang++");
    command.args(["-stdlib=libc++", "-fsyntax-only", "-x", "c++", "-include", "vector", "/dev/null"]);
    let found = output(&mut command).status.success();
    if !found {
        skip("the C++ interface with libc++", "libc++-dev is not installed; run tests/setup");
    }
    found
}

/// These headers, each in a source of its own that includes it twice, without a warning.
fn compiles(compiler: &[&str], flags: &[&str], names: &[&str]) {
    let mut command = Command::new(compiler[0]);
    command.args(&compiler[1..]).args(flags).args(support::WARNINGS).args(STRICT);
    command.arg("-I").arg(prefix().join("include")).args(["-fsyntax-only", "-x", "c++"]);
    for name in names {
        let source = scratch("header").with_extension("cpp");
        std::fs::write(&source, format!("#include <{name}>\n").repeat(2)).unwrap();
        command.arg(source);
    }
    run(&mut command);
}

#[test]
fn each_header_compiles_alone() {
    let headers = headers();
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    compiles(&["g++"], &["-std=c++17"], &names);
}

#[test]
fn compiles_in_every_standard_with_and_without_exceptions() {
    let mut compilers: Vec<&[&str]> = vec![&["g++"]];
    if has("clang++", "the C++ headers in clang++") {
        compilers.push(&["clang++"]);
        if has_libcxx() {
            compilers.push(&["clang++", "-stdlib=libc++"]);
        }
    }
    for compiler in compilers {
        for standard in ["-std=c++17", "-std=c++20", "-std=c++2b"] {
            compiles(compiler, &[standard], &["usbx.hpp"]);
            compiles(compiler, &[standard, PLAIN[0], PLAIN[1]], &["usbx.hpp"]);
        }
    }
}

/// What would go wrong when the program runs is refused by the compiler.
#[test]
fn mistakes_do_not_compile() {
    let source = std::fs::read_to_string(root().join("tests/cpp/rejected.cpp")).unwrap();
    let compiled = |flags: &[&str]| {
        let mut command = Command::new("g++");
        command.args(["-std=c++17", "-fsyntax-only"]).args(flags);
        let result = output(command.arg("-I").arg(prefix().join("include")).arg(root().join("tests/cpp/rejected.cpp")));
        (result.status.code(), text(&result.stderr))
    };
    let mistakes = |flags: &[&str], kind: &str| -> BTreeSet<usize> {
        let (code, said) = compiled(&[flags, &["-Werror=unused-result", kind]].concat());
        assert_eq!(code, Some(1), "{said}");
        let is_refused = |rest: &&str| rest.contains(": error: ") || rest.contains("constexpr");
        let places = said.lines().filter_map(|line| line.split_once("rejected.cpp:")).map(|(_, rest)| rest);
        places.filter(is_refused).filter_map(|rest| rest.split(':').next()?.parse().ok()).collect()
    };
    for (flags, marks) in
        [(&[][..], &["// mistake: "][..]), (&PLAIN, &["// mistake: ", "// mistake without exceptions: "])]
    {
        let (code, said) = compiled(&[flags, &["-Wall", "-Werror"]].concat());
        assert_eq!(code, Some(0), "{said}");
        let refused = &mistakes(flags, "-DMISTAKES=1") | &mistakes(flags, "-DMISTAKES=2");
        let is_mistake = |line: &str| marks.iter().any(|mark| line.contains(mark));
        let wrong = (1..).zip(source.lines()).filter(|(_, line)| is_mistake(line)).map(|(number, _)| number);
        let wrong: BTreeSet<usize> = wrong.collect();
        assert!(wrong.len() >= 11);
        assert_eq!(refused, wrong, "lines of tests/cpp/rejected.cpp");
    }
    // Each of those that lack a code is told what to give.
    for kind in ["-DMISTAKES=3", "-DMISTAKES=4"] {
        let (code, said) = compiled(&[&PLAIN[..], &[kind]].concat());
        assert!(code == Some(1) && said.contains("std::error_code&"), "{said}");
    }
}

/// So that nothing of usbx.h is out of reach from C++, and nothing of it is out of the tests.
#[test]
fn every_function_and_status_is_there() {
    let headers: String = headers().into_iter().map(|(_, text)| text).collect();
    for function in declared_functions() {
        let called = format!("{function}(");
        let closes = format!(", {function}>"); // what an owner's destructor calls
        assert!(headers.contains(&called) || headers.contains(&closes), "no C++ header calls {function}");
    }
    let c = std::fs::read_to_string(prefix().join("include/usbx.h")).unwrap();
    let words = c.lines().filter_map(|line| line.strip_prefix("#define ")).filter_map(|line| line.split(' ').next());
    let statuses: Vec<&str> = words.filter(|word| *word == "USBX_OK" || word.starts_with("USBX_ERROR_")).collect();
    assert!(statuses.len() > 15);
    for status in statuses {
        let enumerator = status.trim_start_matches("USBX_").trim_start_matches("ERROR_").to_lowercase();
        assert!(headers.contains(&format!("    {enumerator} = {status}")), "usbx::status has no {enumerator}");
    }
}

/// What docs/cpp.md shows compiles as it stands there.
#[test]
fn the_guide_compiles() {
    let guide = std::fs::read_to_string(root().join("docs/cpp.md")).unwrap();
    let mut source =
        String::from("#include <array>\n#include <cstdio>\n#include <usbx.hpp>\nusing namespace std::literals;\n");
    let samples: Vec<&str> = guide.split("```cpp\n").skip(1).filter_map(|part| part.split("```").next()).collect();
    assert!(samples.len() > 4);
    for (number, sample) in samples.iter().enumerate() {
        let opens = sample.contains("usbx::device device");
        let parameter = if opens { "" } else { "[[maybe_unused]] usbx::device &device" };
        source += &format!("void sample_{number}({parameter});\nvoid sample_{number}({parameter}) {{\n{sample}}}\n");
    }
    let file = scratch("guide").with_extension("cpp");
    std::fs::write(&file, source).unwrap();
    let mut compiler = Command::new("g++");
    compiler.args(["-std=c++17", "-fsyntax-only", "-Wno-unused-variable"]).args(support::WARNINGS);
    run(compiler.arg("-I").arg(prefix().join("include")).arg(file));
}

/// An example, compiled as its users do.
fn example(name: &str) -> Command {
    let source = format!("examples-cpp/{name}.cpp");
    let mut command = Command::new(compile(&["g++"], &["-std=c++17"], &[&source], Library::Shared));
    command.env("USBX_VIRTUAL", "acquisition:CPP");
    command
}

/// Sample after sample without a gap, from 0.
fn check_csv(csv: &str) {
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("sample,sine,ramp,square,noise"));
    let mut count = 0;
    for (n, line) in lines.enumerate() {
        let values: Vec<i64> = line.split(',').map(|value| value.parse().expect("a number")).collect();
        let n = n as i64;
        assert_eq!((values.len(), values[0], values[2]), (5, n, n % 65536 - 32768), "{line}");
        count += 1;
    }
    assert!(count > 0 && count % 62 == 0, "{count} samples");
}

#[test]
fn acquire_writes_every_sample() {
    let source = std::fs::read_to_string(root().join("examples-cpp/acquire.cpp")).unwrap();
    assert!(source.lines().count() <= 40);
    let mut acquire = example("acquire");
    let result = output(acquire.args(["0.5", "CPP"]));
    let said = text(&result.stderr);
    assert!(result.status.success() && said.ends_with(" frames, 0 lost, 0 damaged\n"), "{said}");
    check_csv(&text(&result.stdout));
    let result = output(acquire.env("USBX_VIRTUAL", "acquisition:OTHER"));
    assert_eq!(result.status.code(), Some(1));
    assert!(text(&result.stderr).contains("1209:0001"), "{}", text(&result.stderr));
}

#[test]
fn acquire_stops_cleanly_on_ctrl_c() {
    let csv = scratch("cpp-ctrl-c.csv");
    let mut acquire = example("acquire");
    let mut child = acquire.stdout(std::fs::File::create(&csv).unwrap()).stderr(Stdio::piped()).spawn().unwrap();
    while std::fs::metadata(&csv).unwrap().len() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    run(Command::new("kill").args(["-INT", &child.id().to_string()]));
    let result = child.wait_with_output().unwrap();
    assert_eq!(result.status.code(), Some(0), "{}", text(&result.stderr));
    check_csv(&std::fs::read_to_string(csv).unwrap());
}

#[test]
fn watch_tells_of_those_that_are_there() {
    let printed = run_for(0, example("watch").arg("1"));
    assert!(printed.starts_with("arrived 1209:0001  virtual/"), "{printed}");
}
