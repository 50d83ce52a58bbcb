"""Names of the C interface on the site: `names` puts their descriptions on a page of the reference, `functions` puts the list
of all functions there, and every name set as code links to its description. It is an error if a text has a name that the header
lacks, or if no page describes a name of the header."""

import re

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

import reference

# Names of the same form that do not belong to the interface: environment variables of the library and of its tests.
OTHERS = {"USBX_VIRTUAL", "USBX_CAPTURE", "USBX_USBIP", "USBX_USBIP_TIMEOUT", "USBX_LIBUSB", "USBX_SYSTEM_BUS", "USBX_PREFIX", "USBX_SEED", "USBX_LEFT_OUT"}
NAME = re.compile(r"((?:usbx|USBX)_\w*[^\W_])(?:\(\))?$")

log = logging.getLogger(__name__)


class Generated(Directive):
    """A directive that stands for Markdown."""

    has_content = True

    def run(self):
        container = nodes.section()
        container.document = self.state.document
        self.state.nested_parse("\n".join(self.lines()).split("\n"), self.content_offset, container)
        return container.children


class Names(Generated):
    """One name per line."""

    def lines(self):
        for name in reference.expanded("\n".join(self.content)):
            if name in reference.KIND:
                members = ":members:\n:undoc-members:\n" if reference.KIND[name] == "doxygenstruct" else ""
                yield f"```{{{reference.KIND[name]}}} {name}\n{members}```\n"
            else:
                log.warning("the header has no %s", name, location=(self.state.document["source"], self.lineno))


class Functions(Generated):
    """One line per function, by the page that describes it."""

    def lines(self):
        for page, title, names in reference.pages():
            yield f"## [{title}]({page.removeprefix('reference/')}.md)\n\n| function | what it does |\n| --- | --- |"
            for name in names:
                if reference.KIND.get(name) == "doxygenfunction":
                    yield f"| `{name}` | {reference.summary(name)} |"
            yield ""


class Links(SphinxTransform):
    """Names set as code."""

    default_priority = 999

    def apply(self):
        for code in list(self.document.findall(nodes.literal)):
            name = NAME.match(code.astext())
            if name and name[1] not in OTHERS and not in_link(code):
                link = addnodes.pending_xref(
                    "", code.deepcopy(), refdomain="c", reftype="identifier", reftarget=name[1], refwarn=True,
                    refdoc=self.env.docname,
                )
                link.source, link.line = code.source, code.line
                code.replace_self(link)


def in_link(node):
    while node:
        if isinstance(node, (nodes.reference, addnodes.pending_xref)):
            return True
        node = node.parent
    return False


class Order(SphinxTransform):
    """Breathe has a function's threads, source and version before its parameters; here they come last."""

    default_priority = 998

    def apply(self):
        for paragraph in list(self.document.findall(nodes.paragraph)):
            blocks = [child for child in paragraph.children if isinstance(child, (nodes.definition_list, nodes.bullet_list))]
            if blocks and len(blocks) == len(paragraph.children):
                paragraph.replace_self(blocks)
        for content in self.document.findall(addnodes.desc_content):
            for facts in [child for child in content.children if isinstance(child, nodes.definition_list)]:
                facts["classes"].append("facts")
                content.remove(facts)
                content.append(facts)


def complete(app, environment):
    described = [name for _, _, names in reference.pages() for name in names]
    for name in sorted(set(reference.KIND) - set(described)):
        log.warning("no page of the reference describes %s", name)
    for header in reference.CPP_HEADERS:
        if f"{{doxygengroup}} {header}\n" not in reference.CPP_PAGE:
            log.warning("reference/cpp.md does not describe usbx/%s.hpp", header)


def setup(app):
    app.add_directive("names", Names)
    app.add_directive("functions", Functions)
    app.add_transform(Links)
    app.add_transform(Order)
    app.connect("env-check-consistency", complete)
    return {"parallel_read_safe": True}
