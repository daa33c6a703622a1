"""The fast lane: an event is landed, scored and planned with in a warm process, without waiting for a sensor."""
