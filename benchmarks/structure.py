"""Count what makes the code long or hard to follow, the same way for any two versions.

    python benchmarks/structure.py [FOLDER]

FOLDER is the root of a checkout, this one unless told otherwise; nothing in it is run. How many
frames lie between the pipeline and the socket needs a real download: tests/test_frames.py has it.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

FEATURES = {
    "verify": ("verify", "repair", "findings", "rebuild"),
    "export": ("export", "import_", "importing", "bag", "warc", "wacz"),
    "localize": ("localiz", "localis", "restor", "rewriting"),
    "gallery": ("gallery", "viewer", "viewing", "cli.view"),
}
"""The files of a feature are those whose dotted names hold one of these words."""
LONG = 30
"""Lines of a function, its docstring not counted, above which it is listed."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(root: Path) -> dict[str, ast.Module]:
    """Return the parsed modules of ``crawler/`` below *root*, by their dotted names."""
    paths = sorted((root / "crawler").rglob("*.py"))
    return {
        ".".join(path.relative_to(root).with_suffix("").parts): ast.parse(path.read_bytes())
        for path in paths
    }


def functions(tree: ast.Module) -> Iterator[Function]:
    """Yield all functions and methods of a module."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Return the lines of *function* without its decorators and its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def is_private(name: str) -> bool:
    """Return whether a name is one of its module alone."""
    return name.startswith("_") and not name.startswith("__")


def used_once(tree: ast.Module) -> list[str]:
    """Return the private functions and methods of a module that one place in it uses."""
    uses = Counter(
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
    )
    return [each.name for each in functions(tree) if is_private(each.name) and uses[each.name] == 1]


def classes_with_one_name(trees: dict[str, ast.Module]) -> dict[str, list[str]]:
    """Return the class names that stand in several modules, with these."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(name)
    return {name: places for name, places in sorted(found.items()) if len(places) > 1}


def main() -> None:
    """Print the counts."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    trees = modules(root)
    every = [each for tree in trees.values() for each in functions(tree)]
    lines = sum(len(path.read_bytes().splitlines()) for path in (root / "crawler").rglob("*.py"))
    private = sum(is_private(each.name) for each in every)
    doubled = classes_with_one_name(trees)
    print(f"lines                              {lines:,}")
    print(f"modules                            {len(trees)}")
    print(f"functions                          {len(every):,}")
    print(f"private functions                  {private:,}")
    print(f"private functions used once        {sum(len(used_once(t)) for t in trees.values()):,}")
    print(f"functions of more than {LONG} lines    {sum(length(f) > LONG for f in every)}")
    print(f"functions whose name ends in _of   {sum(f.name.endswith('_of') for f in every)}")
    print(f"class names that stand twice       {len(doubled)}")
    for feature, words in FEATURES.items():
        files = [name for name in trees if any(word in name for word in words)]
        rooms = {name.split(".")[1] for name in files}
        print(f"{feature:<34} {len(files)} files in {len(rooms)}: {', '.join(sorted(rooms))}")


if __name__ == "__main__":
    main()
