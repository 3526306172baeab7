export default {
  home: "Projects",
  login: "Sign in",
  upload: "Upload",
  annotation: "Annotate",
  review: "Review",
  loop: "Learn and label",
  statistics: "Statistics",
  download: "Download",
  team: "Team",
  profile: "Profile",
  missing: "No such page",
};
