"""The tables of who may see and do what, as the user guide has them; made from the policy. Decides nothing.

`python -m socialai_assets.access.page` writes them into the guide; a test holds the guide to it.
"""

from __future__ import annotations

from resources.policy_file import OpenRule, Policy, Rule
from resources.settings import PROJECT
from socialai_assets.access.policy import policy, vault_columns

PAGE = PROJECT / "docs" / "user-guide.md"
BEGIN, END = "<!-- access: made from policy.yaml -->", "<!-- access: end -->"
_NOT_TOLD = {"source", "is_synthetic", "file_name", "file_line", "knowledge_date"}


def access_table() -> str:
    """Three tables: of the vault (a row a table, a column a role that sees any), of the lake, and of commands."""
    found = policy()
    roles = [role for role in found.roles if any(role in rule.roles for rule in found.rules)]
    tables = list(dict.fromkeys(table for rule in found.rules for table in rule.tables))
    heads = [f"{_said(role)}, for {_said(' or '.join(found.roles[role].purposes))}" for role in roles]
    lines = [_line(["table of the vault", *heads]), _line(["---"] * (len(roles) + 1))]
    lines += [_line([f"`{table}`", *(_cell(found, role, table) for role in roles)]) for table in sorted(tables)]
    nobody = ", ".join(_said(role) for role in found.roles if role not in roles)
    lines += ["", f"Nothing of the vault: {nobody}.", ""]
    lines += [_line(["role", "for", "tables of the lake", "whose rows"]), _line(["---"] * 4)]
    lines += [
        _line([_said(role), _said(rule.purpose), _patterns(rule), "own areas" if "areas" in rule.rows else "all"])
        for role in found.roles
        for rule in found.open
        if role in rule.roles
    ]
    lines += ["", _line(["command", "what it allows", "roles"]), _line(["---"] * 3)]
    lines += [_line([f"`{name}`", c.says, _said(", ".join(c.roles))]) for name, c in found.commands.items()]
    return "\n".join(lines)


def with_access_table(page: str) -> str:
    """The guide with the table as it is now between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{access_table()}\n{END}{after}"


def _cell(found: Policy, role: str, table: str) -> str:
    rules = [rule for rule in found.rules if role in rule.roles and table in rule.tables]
    return "; ".join(_told(found, rule, table) for rule in rules) or "–"


def _told(found: Policy, rule: Rule, table: str) -> str:
    columns = rule.tables[table]
    if rule.counted:
        return f"numbers by {', '.join(columns)}, none below {found.smallest_count}"
    whose = "every child" if "all" in rule.rows else "own " + " and ".join(rule.rows)
    only = [f"only {' or '.join(values)}" for values in rule.only.get(table, {}).values()]
    coarse = [f"{column} as {level}" for column, level in rule.coarsened.items() if column in columns]
    missing = [c for c in vault_columns()[table] if c not in columns and c not in _NOT_TOLD]
    without = [f"without {', '.join(missing)}"] if missing else []
    return "; ".join([whose, *only, *coarse, *without])


def _patterns(rule: OpenRule) -> str:
    """The tables a rule is on, as patterns."""
    among = ", ".join(f"`{pattern}`" for pattern in rule.tables)
    return f"{among}; not {', '.join(f'`{pattern}`' for pattern in rule.without)}" if rule.without else among


def _said(name: str) -> str:
    return name.replace("_", " ")


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(with_access_table(PAGE.read_text("utf-8")), "utf-8")
