"""What assets are handed: settings, the lake, the landing zone, model registry and notifier. No domain knowledge."""
