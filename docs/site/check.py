#!/usr/bin/env python3
"""check.py SITE — checks that every link of the built site leads to an existing file and place, and that no page loads anything
from elsewhere: the site works without a server and without a network."""

import pathlib
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.parts, self.places, self.is_for_phones = [], [], set(), False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes:
            self.places.add(attributes["id"])
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        if tag in ("img", "script", "link") and (attributes.get("src") or attributes.get("href")):
            self.parts.append(attributes.get("src") or attributes["href"])
        if tag == "meta" and attributes.get("name") == "viewport":
            self.is_for_phones = "width=device-width" in attributes["content"]


def complaints(site):
    pages = {file: Page(file.read_text(encoding="utf-8")) for file in sorted(site.rglob("*.html"))}
    if not pages:
        yield f"{site} has no pages"
    for file, page in pages.items():
        name = file.relative_to(site)
        if not page.is_for_phones:
            yield f"{name}: a phone would show it as a desk does"
        for link in page.links + page.parts:
            url = urlsplit(link)
            if url.scheme or url.netloc:
                if link in page.parts:
                    yield f"{name}: it needs {link} to be shown"
                continue
            there = (file.parent / unquote(url.path)).resolve() if url.path else file
            place = unquote(url.fragment)
            if not there.exists():
                yield f"{name}: a link to {link}, which is not there"
            elif place and there in pages and place not in pages[there].places:
                yield f"{name}: a link to {link}, and that page has no such place"
    for style in site.rglob("*.css"):
        if "url(http" in style.read_text(encoding="utf-8").replace("'", "").replace('"', ""):
            yield f"{style.relative_to(site)}: it fetches something"


found = list(complaints(pathlib.Path(sys.argv[1]).resolve()))
print(*found, sep="\n", end="\n" if found else "")
sys.exit(1 if found else 0)
