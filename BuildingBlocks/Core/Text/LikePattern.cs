namespace Crm.Core;

/// <summary>Patterns of SQL's <c>like</c> made of typed text: what has a meaning there stands for itself.</summary>
public static class LikePattern
{
    /// <summary>The text with <c>\</c>, <c>%</c> and <c>_</c> marked as letters.</summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
    }

    /// <summary>What holds the text somewhere.</summary>
    public static string Anywhere(string text) => $"%{Escape(text)}%";
}
