/** Words of the sensor grid that are its author's to choose, as patterns of path and part. */
export const FREE: readonly RegExp[] = [
  // Regions are entered by their being there; `state` shows their names.
  /^organs[.]sensors[.]machine[.]states[.](telling|hearing) key$/,
  // A schedule works without being asked, and its jobs are named for people.
  /^organs[.]calendar key$/,
  /^organs[.]calendar[.]jobs[.]\w+ key$/,
  // Texts of the author's own.
  /^organs[.]calendar[.]jobs[.]\w+[.]with[.]region expression$/,
  /[.]pattern text$/,
];
