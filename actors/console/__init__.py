"""The command `holdfast`: runs fleets, and shows them to people."""
