namespace Crm.Web;

/// <summary>One entry of a time line: <c>&lt;partial name="_Timeline" model="items" /&gt;</c>.</summary>
/// <param name="When">The moment.</param>
/// <param name="Icon">Tabler icon.</param>
/// <param name="Title">First line, in the user's language.</param>
/// <param name="Text">More lines, as written; null for none.</param>
/// <param name="Who">Who did it.</param>
/// <param name="Url">Where the title leads.</param>
/// <param name="Color"><c>green, red, orange, blue, purple</c> or <c>gray</c>.</param>
public sealed record TimelineItem(DateTimeOffset When, string Icon, string Title, string? Text = null, string? Who = null, string? Url = null, string Color = "gray");
