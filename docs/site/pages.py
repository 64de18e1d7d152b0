"""Makes the pages of docs/ into those of the site. GitHub shows the same files, so none of this is written in them."""

import os
import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

import schema_page

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
log = logging.getLogger(__name__)

SECTION = re.compile(r"^## (?P<title>.+)$(?P<body>(?:(?!^## ).*\n?)*)", re.MULTILINE)
PAGE = re.compile(r"^- \[(?P<title>[^]]*)\]\((?P<page>[a-z0-9/-]+)\.md\)", re.MULTILINE)
NAMED_BY_FILE = re.compile(r"\[[a-z-]+\.md\]\((?=[a-z0-9/-]+\.md)")
OUTSIDE = re.compile(r"\[(?P<text>[^][]*)\]\((?P<path>(?:\.\./)+[^)#\s]*)(?P<anchor>#[^)\s]*)?\)")
DIAGRAM = re.compile(r"^```mermaid\n(?P<source>.*?)^```$", re.MULTILINE | re.DOTALL)


def tree(text: str, caption: str = "") -> str:
    pages = [f"{page['title']} <{page['page']}>" for page in PAGE.finditer(text)]
    return "\n```{toctree}\n:hidden:\n" + caption + "\n" + "\n".join(pages) + "\n```\n" if pages else ""


def navigation(text: str) -> str:
    """The list of pages under each heading of index.md is a part of the sidebar. A page that is in no list is an error of Sphinx's."""
    return text + "".join(tree(section["body"], f":caption: {section['title']}\n") for section in SECTION.finditer(text))


def outside_links(text: str, page: Path) -> str:
    """What a page links to in the repository, but not on the site: at SITE_REPOSITORY, where that is set; otherwise only named."""
    base = os.environ.get("SITE_REPOSITORY")

    def replaced(link: re.Match) -> str:
        target = (page.parent / link["path"]).resolve()
        if target.is_relative_to(DOCS) and not target.is_relative_to(DOCS / "upstream"):
            return link[0]
        if not target.is_relative_to(REPOSITORY) or not target.exists():
            log.warning("there is no %s", link["path"], location=str(page))
        name = str(target.relative_to(REPOSITORY))
        if base:
            return f"[{link['text']}]({base.rstrip('/')}/{name}{link['anchor'] or ''})"
        return link["text"] if name in link["text"] else f"{link['text']} (`{name}`)"

    return OUTSIDE.sub(replaced, text)


def diagrams(text: str) -> str:
    return DIAGRAM.sub(lambda diagram: f'<pre class="mermaid">{escape(diagram["source"])}</pre>', text)


def on_source_read(app: Sphinx, page: str, source: list[str]) -> None:
    text = source[0]
    if page == app.config.root_doc:
        text = navigation(text)
    elif page.endswith("/index"):
        text += tree(text)
    if page == "schema":
        text += "\n" + schema_page.markdown((REPOSITORY / "schema.graphql").read_text())
    text = outside_links(text, Path(app.env.doc2path(page)))
    # A link whose text is the name of the file has the title of the page or section on the site.
    source[0] = diagrams(NAMED_BY_FILE.sub("[](", text))


def on_page(app: Sphinx, page: str, template: str, context: dict, tree: nodes.document | None) -> None:
    if tree is not None and any('class="mermaid"' in raw.astext() for raw in tree.findall(nodes.raw)):
        app.add_js_file("mermaid.min.js")
        app.add_js_file(None, body="mermaid.initialize({ startOnLoad: true, theme: 'neutral' })")


def setup(app: Sphinx) -> dict:
    app.connect("source-read", on_source_read)
    app.connect("html-page-context", on_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
