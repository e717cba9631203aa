"""Load YAML of strangers: linear in its length, and never deeper than libyaml can recurse."""

from __future__ import annotations

import yaml
from frontmatter.default_handlers import YAMLHandler
from yaml import CSafeLoader

_MOST_NESTED = 200
"""Levels; libyaml composes by recursion in C, and a deeper document ends the process."""
_LONGEST_NUMBER = 64
"""Characters. YAML 1.1 knows base 60, which takes quadratic time, and Python prints no integer of
more than 4300 digits."""
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class _Loader(CSafeLoader):
    """A safe loader without the three ways to make it work for ever."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._pairs_left = len(stream)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge what ``<<`` names; merges of merges would grow without bound.

        A document without merges has fewer pairs than characters.
        """
        super().flatten_mapping(node)
        self._pairs_left -= len(node.value)
        if self._pairs_left < 0:
            raise ValueError("its merges repeat more than it holds")

    def construct_number(self, node: yaml.ScalarNode) -> object:
        """Return a number, or the text of one that no article can mean."""
        if len(node.value) > _LONGEST_NUMBER:
            return node.value
        return self.yaml_constructors[f"{node.tag}, plain"](self, node)


for _tag in _NUMBERS:
    _Loader.add_constructor(f"{_tag}, plain", CSafeLoader.yaml_constructors[_tag])
    _Loader.add_constructor(_tag, _Loader.construct_number)

_HANDLER = YAMLHandler()


def load(block: str) -> object:
    """Return what *block* holds. Raises whatever the loader meets."""
    _refuse_deep_nesting(block)
    return _HANDLER.load(block, Loader=_Loader)


def _refuse_deep_nesting(block: str) -> None:
    # Depth costs at least one of these a level, or one more column than the level above.
    if sum(map(block.count, "[{-?:")) <= _MOST_NESTED:
        return
    depth = 0
    for event in yaml.parse(block, Loader=CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MOST_NESTED:
            raise ValueError("it is nested too deeply")
