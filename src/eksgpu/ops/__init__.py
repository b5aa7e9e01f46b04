"""Operations: one file per verb, joining spec, facts, blueprint, checks and engine. They never print or prompt."""
