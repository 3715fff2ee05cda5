"""Common Norwegian names, put together by chance: nobody in particular."""

# ruff: noqa: SIM905 – a list of two hundred quoted words is unreadable

FIRST_NAMES = """
Aisha Anders Anne Arild Astrid Aud Bente Birgit Bjørn Bodil Camilla Dag Eirik Eldbjørg Elin Emil
Erlend Eva Fatima Frode Geir Gerd Grete Gunnar Guro Hanne Harald Hassan Heidi Helge Henrik Hilde
Håkon Inga Inger Ivar Jan Jorunn Kari Kjersti Knut Kristin Lars Leif Linda Liv Magne Maria Marit
Mehmet Mona Nils Nina Odd Ola Olav Oddny Per Petter Ragnar Randi Reidun Rolf Samira Sigrid Silje
Siri Solveig Stein Stine Svein Sølvi Terje Thea Tone Tor Torunn Trine Trond Tuva Ulf Unni Vegard
Vigdis Wenche Yngve Zahra Øystein Åse Åshild
""".split()

LAST_NAMES = """
Aasen Abdi Ali Amundsen Andersen Aune Bakke Berg Berge Bjerke Brekke Bråten Bøe Dahl Dahle Danielsen
Eide Ellingsen Eriksen Evensen Fjeld Fossum Fredriksen Gjerde Grønli Gundersen Hagen Halvorsen
Hansen Haug Haugen Helle Henriksen Holm Hovland Hussain Iversen Jensen Johansen Jørgensen Karlsen
Kleven Knutsen Kristiansen Kvam Larsen Lie Lien Lund Løken Martinsen Mathisen Moe Moen Myhre
Myklebust Nguyen Nilsen Nygård Næss Olsen Paulsen Pedersen Rasmussen Ruud Rønning Sandvik Sivertsen
Skaar Solberg Solheim Strand Strøm Sund Sveen Sæther Sørensen Tangen Teigen Thomassen Tveit Ulvund
Vik Vold Wold Yilmaz Ødegård Østby Åsland
""".split()
