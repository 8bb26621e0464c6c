"""How far each network is compressed, as data: the `.toml` files here, and what reads and checks them."""
