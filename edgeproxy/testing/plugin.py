"""The pytest plugin. It imports the library late, so that coverage and start-up of a test run are not spoiled."""
