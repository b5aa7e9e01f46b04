"""Everything a person sees: views turn reports and events into text. They decide nothing and call no cloud."""
