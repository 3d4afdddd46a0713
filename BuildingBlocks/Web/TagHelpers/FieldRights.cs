namespace Crm.Web;

/// <summary>
/// How a page tells its form what the user's roles do to fields: <c>ViewData[FieldRights.Key] = (Func&lt;string, FieldRule&gt;)(name => …)</c>, asked by the name of the input
/// (<c>Command.NationalId</c>). Hidden fields are left out, read-only ones are shown closed. The command must leave them alone besides: a form can be sent with anything in it.
/// </summary>
public static class FieldRights
{
    /// <summary>Key in <c>ViewData</c>.</summary>
    public const string Key = "FieldRights";
}
