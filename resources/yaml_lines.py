"""Where in a YAML text something stands, for messages that name the line. Knows no file's meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import yaml


def line_of(node: yaml.Node | None, path: Sequence[str | int]) -> int:
    """The line of what a path of keys and numbers leads to, or of the last part of it that is there; from 1."""
    line = 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == step), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            item: yaml.Node = node.value[step]
            line, node = item.start_mark.line + 1, item
        else:
            break
    return line


def repeated_keys(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Keys that YAML would read twice and forget once, and their lines."""
    if isinstance(node, yaml.MappingNode):
        names = [key.value for key, _ in node.value]
        yield from (
            (key.start_mark.line + 1, key.value)
            for number, (key, _) in enumerate(node.value)
            if key.value in names[:number]
        )
        for _, value in node.value:
            yield from repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from repeated_keys(value)
