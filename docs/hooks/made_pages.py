"""Pages of the site that are made from the program itself, and their places in its menu.

mkdocs calls the functions named `on_…`; see `hooks` in mkdocs.yml. The reference is made by
`reference_pages.py`, the notebooks are run and shown by `notebook_pages.py`, tables and pictures
inside of pages come from `made_parts.py`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import made_parts
import notebook_pages
import reference_pages

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

Menu = list[dict[str, str]]


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put what is made into the menu: mkdocs.yml names the sections, this their pages."""
    methods = Path(config.docs_dir) / "methods"
    made = {
        "Methods": _methods(methods / "README.md"),
        "Notebooks": notebook_pages.menu(),
        "Reference": reference_pages.menu(),
    }
    for section in config.nav or []:
        for title in section.keys() & made.keys():
            section[title] += made[title]
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages; the notebooks run now, unless nothing they rest on has changed."""
    from mkdocs.structure.files import File

    root = Path(config.docs_dir).parent
    kept = root / "build" / "kept"
    state = notebook_pages.state_of(root)
    pages = reference_pages.pages() | notebook_pages.pages(root, kept)
    pages["examples/audit.html"] = made_parts.audit(root, kept / f"audit-{state}.html")
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Put in the parts that are made."""
    return made_parts.filled(markdown)


def on_post_page(output: str, **_: object) -> str:
    """Name the search for those who hear the page, and make no headings of empty cells."""
    dialog = 'data-md-component="search" role="dialog"'
    output = output.replace(dialog, f'{dialog} aria-label="Search"')
    return re.sub(r"<th\b[^>]*>\s*</th>", "<td></td>", output)


def _methods(listing: Path) -> Menu:
    """The pages of methods in the order of their table, which a test keeps complete.

    >>> _methods(Path("docs/methods/README.md"))[0]
    {'The reliability score': 'methods/reliability.md'}
    """
    rows = re.findall(r"^\| \[(.+?)\]\(([\w-]+\.md)\)", listing.read_text("utf-8"), re.MULTILINE)
    return [{title: f"methods/{name}"} for title, name in rows]
