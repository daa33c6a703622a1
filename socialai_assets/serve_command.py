"""`socialai serve`: the service and the dashboard, in the foreground or behind. What they do is in serving."""

from __future__ import annotations

import uvicorn
from rich.console import Console

from resources.settings import current
from socialai_assets.serving.service_settings import require_safe_address, service_settings

CONSOLE = Console()
APP = "socialai_assets.serving.app:create_app"


def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve until interrupted.

    Raises:
        SettingsError: a setting is not what it should be.
    """
    service = service_settings(current())
    address, number = host or service.host, port or service.port
    require_safe_address(address, service)
    CONSOLE.print(f"Serving on http://{address}:{number}; Ctrl-C stops it.", highlight=False)
    uvicorn.run(APP, factory=True, host=address, port=number, workers=workers or service.workers, log_level="warning")
