"""Money, as the server sends it, and its calls: budgets, prices, the ledger, what an asset cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maquette.client.file import write
from maquette.client.model import Asset, empty_raw, parse
from maquette.client.transport import API, Transport


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget, with how it stands now; money in micro-USD."""

    id: str
    name: str = ""
    scope: str = "workspace"
    subject: str | None = None
    title: str = ""
    """What people call its subject."""
    period: str = "month"
    amount: int = 0
    mode: str = "hard"
    unpriced: str = "allow"
    enabled: bool = True
    resets_at: int | None = None
    counters: Sequence[Mapping[str, Any]] = ()
    """`subject`, `period`, `reserved`, `spent` and `left` of each that counts for it."""
    raw: Mapping[str, Any] = empty_raw()


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """What a model costs, and who says so."""

    provider: str
    model: str
    title: str = ""
    origin: str = "catalog"
    rates: Mapping[str, str] | None = None
    """USD for a million of a unit."""
    rules: Sequence[Mapping[str, Any]] = ()
    credit: str | None = None
    source: str = ""
    checked_on: str = ""
    raw: Mapping[str, Any] = empty_raw()


class Money:
    """What is spent, and what may be."""

    _transport: Transport

    async def budgets(self) -> Sequence[Budget]:
        """Return every budget with how it stands, oldest first."""
        return [parse(Budget, row) async for row in self._transport.pages(f"{API}/budgets", None, {})]

    async def budget(self, budget: str) -> Budget:
        """Return a budget, by id or name."""
        return parse(Budget, await self._transport.json("GET", f"{API}/budgets/{budget}"))

    async def add_budget(self, name: str, amount: int, **words: Any) -> Budget:
        """Make a budget of so many micro-USD; `words` are `scope`, `subject`, `period`, `mode` and `unpriced`."""
        body = {"name": name, "amount": amount} | {word: value for word, value in words.items() if value is not None}
        return parse(Budget, await self._transport.json("POST", f"{API}/budgets", json=body))

    async def change_budget(self, budget: str | Budget, **changes: Any) -> Budget:
        """Change `name`, `amount`, `mode`, `unpriced` or `enabled` of a budget."""
        return parse(Budget, await self._transport.json("PATCH", f"{API}/budgets/{_id(budget)}", json=changes))

    async def remove_budget(self, budget: str | Budget) -> None:
        """Remove a budget with its counters."""
        await self._transport.json("DELETE", f"{API}/budgets/{_id(budget)}")

    async def prices(self, provider: str | None = None) -> Sequence[ModelPrice]:
        """Return what every model costs that the catalog knows, or that a price was set for."""
        query = {"provider": provider} if provider else {}
        return [parse(ModelPrice, row) async for row in self._transport.pages(f"{API}/prices", None, query)]

    async def set_price(self, provider: str, model: str, price: Mapping[str, Any]) -> ModelPrice:
        """Set what a model costs here: `rates` by the million, `rules` by the unit, `credit`, `source` and the date."""
        path = f"{API}/prices/{provider}/{model}"
        return parse(ModelPrice, await self._transport.json("PUT", path, json=dict(price)))

    async def unset_price(self, provider: str, model: str) -> None:
        """Let the catalog count again for a model."""
        await self._transport.json("DELETE", f"{API}/prices/{provider}/{model}")

    async def drift(self, days: int = 30) -> Sequence[Mapping[str, Any]]:
        """Return by provider and model what was estimated and what it was settled at, the dearest first."""
        found = await self._transport.json("GET", f"{API}/ledger/drift", params={"days": days})
        rows: Sequence[Mapping[str, Any]] = found["items"]
        return rows

    async def export_ledger(self, path: Path | str, *, since: int | None = None, until: int | None = None) -> Path:
        """Write the ledger between two times, in ms, to a file as CSV; the file appears when it is whole."""
        query = {name: value for name, value in (("since", since), ("until", until)) if value is not None}
        async with self._transport.answer("GET", f"{API}/ledger.csv", params=query) as response:
            return await write(response.aiter_bytes(), Path(path))

    async def check_ledger(self, *, mend: bool = False) -> Mapping[str, Any]:
        """Count counters and figures that do not agree with the ledger; `mend` makes them anew from it."""
        query = {"mend": "true"} if mend else {}
        found: Mapping[str, Any] = await self._transport.json("POST", f"{API}/ledger/check", params=query)
        return found

    async def asset_cost(self, asset: str | Asset) -> Mapping[str, Any]:
        """Return `own` and `full` cost of an asset, and the `parts` that make it up."""
        name = asset if isinstance(asset, str) else asset.id
        found: Mapping[str, Any] = await self._transport.json("GET", f"{API}/assets/{name}/cost")
        return found


def _id(budget: str | Budget) -> str:
    return budget if isinstance(budget, str) else budget.id
