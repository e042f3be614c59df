"""What each issue keeps of what it was made from: its sections, and the rows that its figures count.

codec     sections as JSON, and back         taking    a snapshot, while a report is made
versions  of code, libraries and fonts       reading   sections, rows and order of a report, from its snapshot
places    figures by their place, and what   again     the same report from its snapshot
          each is called                     today     what the live rows say otherwise
"""
