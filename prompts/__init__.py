"""The words sent to models. The quoting answerer needs none, so there are none yet."""
