"""Export: the graph in other tools' words. Pure: text from a graph, with no call and no file written."""
