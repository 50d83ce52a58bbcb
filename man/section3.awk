# Reads the header as cbindgen writes it: a comment /** ... */ and its declaration. See man/section3.

BEGIN { block = "" }

/^\/\*\*/ { text = ""; in_comment = 1 }
in_comment {
    line = $0
    sub(/^\/?\*+\/?/, "", line); sub(/^ \* ?/, "", line); sub(/^ \*\/$/, "", line); sub(/ *\*\/$/, "", line)
    if ($0 !~ /^\/\*\*$/ && $0 !~ /^ \*\/$/) text = text line "\n"
    if ($0 ~ /\*\/$/) { in_comment = 0; sub(/^ +/, "", text) }
    next
}
/^#define USBX_[A-Z]/ && NF == 3 { constants[++constant_count] = $2; value[$2] = $3; about[$2] = text; text = "" }
/^typedef struct usbx_[a-z_]+ usbx_[a-z_]+;/ { name = $4; sub(/;/, "", name); handles[++handle_count] = name; about[name] = text; text = "" }
/^typedef int32_t usbx_status;/ { about["usbx_status"] = text; known["usbx_status"] = 1; text = "" }
/^typedef struct usbx_[a-z_]+ \{/ { struct = $3; structs[++struct_count] = struct; known[struct] = 1; about[struct] = text; text = ""; field_count[struct] = 0; next }
struct != "" && /^  \/\*\*/ { text = ""; in_field = 1; next }
struct != "" && in_field && /^   \*\// { in_field = 0; next }
struct != "" && in_field { line = $0; sub(/^   \* ?/, "", line); text = text line "\n"; next }
struct != "" && /^  [a-z].*;$/ { line = $0; sub(/^ +/, "", line); sub(/^struct /, "", line); sub(/const struct /, "const ", line)
    fields[struct, ++field_count[struct]] = line; about[struct, field_count[struct]] = text; text = ""; next }
/^\} usbx_/ { struct = ""; next }
/^[a-z].*[ *]usbx_[a-z_]+\(/ { prototype = "" ; in_prototype = 1 }
in_prototype {
    line = $0; sub(/^ +/, " ", line); prototype = prototype line
    if ($0 ~ /;$/) {
        in_prototype = 0
        gsub(/struct /, "", prototype)
        name = prototype; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
        functions[++function_count] = name; known[name] = 1; declared[name] = prototype; about[name] = text; text = ""
    }
}
END {
    for (i = 1; i <= function_count; i++) write_function(functions[i])
    for (i = 1; i <= struct_count; i++) write_struct(structs[i])
    write_status()
    write_overview()
    for (i = 1; i <= handle_count; i++) print ".so man3/usbx.3\n.\\\" SPDX-License-Identifier: MIT OR Apache-2.0" >(directory "/" handles[i] ".3")
}

# Text for roff: names in bold, with (3) where there is a page; nothing that roff takes for a request.
function roff(string, self,    out, word, before, after) {
    gsub(/\\/, "\\e", string); gsub(/-/, "\\-", string); gsub(/\^/, "\\(ha", string); gsub(/~/, "\\(ti", string)
    out = ""
    while (match(string, /`[^`]*`|usbx_[a-z_]*[a-z]|USBX_[A-Z_]*[A-Z](_\*)?/)) {
        before = substr(string, 1, RSTART - 1); word = substr(string, RSTART, RLENGTH); string = substr(string, RSTART + RLENGTH)
        out = out before
        if (word ~ /^`/) out = out "\\fB" substr(word, 2, length(word) - 2) "\\fR"
        else if (known[word] && word != self) { sub(/^\(\)/, "", string); out = out "\\fB\\%" word "\\fR(3)"; mentioned[word] = 1 }
        else out = out "\\fB" (word ~ /^USBX/ ? "\\%" : "") word "\\fR"
    }
    out = out string
    gsub(/\n\.\.\./, " ...", out); gsub(/\n[.']/, "\n\\\\\\&&", out)
    return out
}
function start(page, summary,    file) {
    file = directory "/" page ".3"
    sub(/\n\n.*/, "", summary); gsub(/\n/, " ", summary)
    if (match(summary, /[.:] /)) summary = substr(summary, 1, RSTART - 1)
    sub(/[.:]$/, "", summary)
    if (substr(summary, 2, 1) ~ /[a-z ]/) summary = tolower(substr(summary, 1, 1)) substr(summary, 2)
    gsub(/`/, "", summary); gsub(/-/, "\\-", summary)
    for (word in mentioned) delete mentioned[word]
    print ".\\\" Made of usbx.h by man/section3: edit there, not here." >file
    print ".\\\" SPDX-License-Identifier: MIT OR Apache-2.0" >file
    print ".TH " page " 3 " date " \"usbx " version "\" \"usbx manual\"" >file
    print ".SH NAME\n" page " \\- " summary >file
    print ".SH LIBRARY\nusbx\n.RI ( libusbx ,\n.BR \\-lusbx )" >file
    return file
}
function see_also(file, page,    i, name, list, handle) {
    mentioned["usbx"] = 1
    list = ".BR usbx (3)"
    for (i = 1; i <= function_count; i++) if (mentioned[functions[i]] && functions[i] != page) list = list " ,\n.BR " functions[i] " (3)"
    for (i = 1; i <= struct_count; i++) if (mentioned[structs[i]] && structs[i] != page) list = list " ,\n.BR " structs[i] " (3)"
    if (mentioned["usbx_status"] && page != "usbx_status") list = list " ,\n.BR usbx_status (3)"
    print ".SH SEE ALSO\n" list >file
    close(file)
}
# One prototype, its parameters in italics, one per line if it is long.
function synopsis(string,    parts, count, i, head, indent, out, name) {
    head = string; sub(/\(.*/, "(", head)
    string = substr(string, length(head) + 1); sub(/\);$/, "", string)
    count = split(string, parts, /, */)
    parameter_count = 0
    indent = length(head string) > 74 ? sprintf(",\n%" length(head) "s", "") : ", "
    out = ""
    for (i = 1; i <= count; i++) {
        name = parts[i]
        if (name == "void") { out = out name; continue }
        sub(/.*[ *]/, "", name)
        parameters[++parameter_count] = name
        note_types(parts[i])
        out = out (i > 1 ? indent : "") substr(parts[i], 1, length(parts[i]) - length(name)) "\\fI" name "\\fB"
    }
    return "\\fB" head out ");\\fR"
}
function note_types(string) { if (match(string, /usbx_[a-z_]+/)) mentioned[substr(string, RSTART, RLENGTH)] = 1 }
# Paragraphs of a comment, with a separator between them.
function prose(text, self, between,    paragraphs, count, i, out) {
    sub(/\n+$/, "", text)
    count = split(text, paragraphs, /\n\n/)
    out = roff(paragraphs[1], self)
    for (i = 2; i <= count; i++) out = out "\n" between "\n" roff(paragraphs[i], self)
    return out
}
# Takes a comment apart: `prose` is in part["text"], each of Doxygen's commands in the part of its name, and what @param says of
# each parameter in part["@param", name].
function take_apart(name,    paragraphs, count, i, paragraph, items, m, k, command) {
    for (i in part) delete part[i]
    count = split(about[name], paragraphs, /\n\n/)
    for (i = 1; i <= count; i++) {
        paragraph = paragraphs[i]; sub(/\n+$/, "", paragraph)
        if (paragraph ~ /^@param /) {
            m = split(substr(paragraph, 8), items, /\n@param /)
            for (k = 1; k <= m; k++) {
                command = items[k]; sub(/[ \n].*/, "", command)
                part["@param", command] = unwrapped(substr(items[k], length(command) + 2))
            }
        } else if (match(paragraph, /^@par [A-Z][a-z]*\n/)) {
            part[substr(paragraph, 6, RLENGTH - 6)] = substr(paragraph, RLENGTH + 1)
        } else if (match(paragraph, /^@(return|since) /)) {
            part[substr(paragraph, 1, RLENGTH - 1)] = substr(paragraph, RLENGTH + 1)
        } else if (paragraph ~ /^@/) {
            fail(name ": a comment with a command that no manual page has: " paragraph)
        } else part["text"] = part["text"] (part["text"] == "" ? "" : "\n\n") paragraph
    }
    if (part["@since"] == "") fail(name ": its comment does not say since when")
}
function unwrapped(text) { gsub(/\n +/, "\n", text); return text }
function write_function(name,    file, i, items, count, status) {
    file = start(name, about[name])
    print ".SH SYNOPSIS\n.nf\n.B #include <usbx.h>\n.PP\n" synopsis(declared[name]) "\n.fi" >file
    take_apart(name)
    print ".SH DESCRIPTION\n" prose(part["text"], name, ".PP") >file
    if (parameter_count > 0) print ".SH PARAMETERS" >file
    for (i = 1; i <= parameter_count; i++) {
        if (!(("@param", parameters[i]) in part)) fail(name ": its comment does not describe " parameters[i])
        print ".TP\n.I " parameters[i] "\n" roff(part["@param", parameters[i]], name) >file
    }
    if (part["@return"] == "" || part["Threads"] == "") fail(name ": its comment lacks what it returns, or its threads")
    count = split(part["@return"], items, /\n- /)
    print ".SH RETURN VALUE\n" roff(unwrapped(items[1]), name) >file
    for (i = 2; i <= count; i++) {
        status = items[i] = unwrapped(items[i])
        if (sub(/: .*/, "", status) && status ~ /^USBX_[A-Z_]*$/) print ".TP\n.B " status "\n" roff(substr(items[i], length(status) + 3), name) >file
        else print ".TP\nor\n" roff(items[i], name) >file
    }
    print ".SH THREADS\n" roff(part["Threads"], name) >file
    write_end(file, name)
}
# Shared by functions and structs.
function write_end(file, name) {
    if (part["References"] != "") print ".SH STANDARDS\n" roff(part["References"], name) >file
    print ".SH HISTORY\nSince " part["@since"] "." >file
    see_also(file, name)
}
function write_struct(name,    file, i, text) {
    file = start(name, about[name])
    print ".SH SYNOPSIS\n.nf\n.B #include <usbx.h>\n.PP\n\\fBtypedef struct " name " {" >file
    for (i = 1; i <= field_count[name]; i++) { note_types(fields[name, i]); print "    " fields[name, i] >file }
    take_apart(name)
    print "} " name ";\\fR\n.fi\n.SH DESCRIPTION\n" prose(part["text"], name, ".PP") >file
    for (i = 1; i <= field_count[name]; i++) {
        term = fields[name, i]; sub(/;$/, "", term); sub(/\[.*/, "", term); sub(/.*[ *]/, "", term)
        text = about[name, i]
        print ".TP\n.I " term "\n" prose(text, name, ".IP") >file
    }
    write_end(file, name)
}
function list_constant(file, name, page) {
    print ".TP\n.BR " name " \" (" roff(value[name], page) ")\"\n" prose(about[name], page, ".IP") >file
}
function write_status(    file, i) {
    file = start("usbx_status", about["usbx_status"])
    take_apart("usbx_status")
    print ".SH SYNOPSIS\n.nf\n.B #include <usbx.h>\n.PP\n.B typedef int32_t usbx_status;\n.fi" >file
    print ".SH DESCRIPTION\n" prose(part["text"], "usbx_status", ".PP") >file
    for (i = 1; i <= constant_count; i++) if (constants[i] ~ /^USBX_(OK|ERROR_)/) list_constant(file, constants[i], "usbx_status")
    mentioned["usbx_error_name"] = mentioned["usbx_error_text"] = mentioned["usbx_last_error"] = 1
    write_end(file, "usbx_status")
}
function write_overview(    file, line, i) {
    file = start("usbx", "a USB library with a C interface")
    print ".SH SYNOPSIS\n.nf\n.B #include <usbx.h>\n.PP\n.B cc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs usbx)\n.fi\n.SH DESCRIPTION" >file
    while ((getline line <overview) > 0) print line == "" ? ".PP" : roff(line, "usbx") >file
    print ".SS Functions" >file
    for (i = 1; i <= function_count; i++) list_page(file, functions[i])
    print ".SS Structs" >file
    for (i = 1; i <= struct_count; i++) list_page(file, structs[i])
    print ".SS Handles" >file
    for (i = 1; i <= handle_count; i++) print ".TP\n.B " handles[i] "\n" prose(about[handles[i]], "usbx", ".IP") >file
    print ".SS Constants\nThe statuses are in\n.BR usbx_status (3)." >file
    for (i = 1; i <= constant_count; i++) if (constants[i] !~ /^USBX_(OK|ERROR_)/) list_constant(file, constants[i], "usbx")
    print ".SH ENVIRONMENT\n.TP\n.B USBX_VIRTUAL\n" roff("Plugs in virtual devices for a program that does not plug them in itself, as usbx_virtual_open describes.", "usbx") >file
    print ".TP\n.B USBX_SYSTEM_BUS\n" roff("\"libusb\" selects libusb in place of usbfs to reach the devices of this computer.", "usbx") >file
    print ".SH EXAMPLES\nThis program reads 4096 bytes. It runs without hardware, with\n.B USBX_VIRTUAL=acquisition\nin its environment.\n.PP\n.in +4n\n.EX" >file
    while ((getline line <(directory "/example")) > 0) {
        gsub(/\\/, "\\e", line); gsub(/-/, "\\-", line); gsub(/\^/, "\\(ha", line); gsub(/~/, "\\(ti", line); gsub(/'/, "\\(aq", line)
        print line >file
    }
    print ".EE\n.in" >file
    for (i in mentioned) delete mentioned[i]
    mentioned["usbx_open"] = mentioned["usbx_status"] = mentioned["usbx_stream_open"] = mentioned["usbx_last_error"] = 1
    print ".SH SEE ALSO" >file
    print ".BR usbx_open (3),\n.BR usbx_bulk_read (3),\n.BR usbx_stream_open (3),\n.BR usbx_last_error (3),\n.BR usbx_status (3),\n.BR udev (7)" >file
    close(file)
}
function list_page(file, name,    summary) {
    summary = about[name]
    sub(/\n\n.*/, "", summary); gsub(/\n/, " ", summary)
    if (match(summary, /[.:] /)) summary = substr(summary, 1, RSTART)
    sub(/:$/, ".", summary); sub(/ +$/, "", summary)
    print ".TP\n.BR " name " (3)\n" roff(summary, "usbx") >file
}
function fail(message) { print "section3: " message >"/dev/stderr"; failed = 1; exit 1 }
