namespace Crm.Core;

/// <summary>What people read where the system did something by itself: its own reasons are English words of the code.</summary>
public static class SystemActor
{
    private const string Routine = "routine: ";
    private static readonly string[] s_reasons = ["event: ", "schedule: ", "command line: ", "messages: ", "routines: ", "runtime: "];

    /// <summary>The name of whoever did it, in the language of the moment; names of people stay as they are.</summary>
    public static string Shown(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.StartsWith(Routine, StringComparison.Ordinal))
        {
            var title = name[Routine.Length..];
            var number = title.LastIndexOf(" #", StringComparison.Ordinal);
            return number < 0 ? title : Texts.Get("{0} (job {1})", title[..number], PersianText.Digits(title[(number + 2)..]));
        }

        return name is "first start" or "demo data" or "migrate" or "files" or "settings" || Array.Exists(s_reasons, r => name.StartsWith(r, StringComparison.Ordinal)) ? Texts.Get("The system") : name;
    }
}
