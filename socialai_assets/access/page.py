"""The table of who may see what about children, as the user guide has it; made from the policy. Decides nothing.

`python -m socialai_assets.access.page` writes it into the guide; a test holds the guide to it.
"""

from __future__ import annotations

from resources.policy_file import Policy, Rule
from resources.settings import PROJECT
from socialai_assets.access.policy import policy, vault_columns

PAGE = PROJECT / "docs" / "user-guide.md"
BEGIN, END = "<!-- access: made from policy.yaml -->", "<!-- access: end -->"
_NOT_TOLD = {"source", "is_synthetic", "file_name", "file_line", "knowledge_date"}


def access_table() -> str:
    """A row a table, a column a role that sees any: whose rows, and which columns not."""
    found = policy()
    roles = [role for role in found.roles if any(role in rule.roles for rule in found.rules)]
    tables = list(dict.fromkeys(table for rule in found.rules for table in rule.tables))
    heads = [f"{role.replace('_', ' ')}, for {' or '.join(found.roles[role].purposes)}" for role in roles]
    lines = [_line(["table", *(head.replace("_", " ") for head in heads)]), _line(["---"] * (len(roles) + 1))]
    lines += [_line([f"`{table}`", *(_cell(found, role, table) for role in roles)]) for table in sorted(tables)]
    nobody = ", ".join(role.replace("_", " ") for role in found.roles if role not in roles)
    commands = "; ".join(f"`{name}` ({', '.join(c.roles).replace('_', ' ')})" for name, c in found.commands.items())
    return "\n".join([*lines, "", f"Nothing of the vault: {nobody}. Commands: {commands}."])


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


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(with_access_table(PAGE.read_text("utf-8")), "utf-8")
