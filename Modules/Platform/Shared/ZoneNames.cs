using Crm.Core;

namespace Crm.Platform.Shared;

/// <summary>Time zones as people call them: by their city, not by a word of programs.</summary>
internal static class ZoneNames
{
    /// <summary><c>Asia/Tehran</c> → Tehran (Iran); <c>Europe/Berlin</c> → Berlin (Europe).</summary>
    public static string Of(string id)
    {
        if (id == "Asia/Tehran") return Texts.Get("Tehran (Iran)");
        var cut = id.LastIndexOf('/');
        return cut < 0 ? id : $"{id[(cut + 1)..].Replace('_', ' ')} ({id[..cut].Replace('_', ' ').Replace("/", ", ", StringComparison.Ordinal)})";
    }
}
