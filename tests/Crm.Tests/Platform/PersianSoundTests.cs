using System.Runtime.CompilerServices;
using Crm.Core;

namespace Crm.Tests.Platform;

/// <summary>Names in Latin letters and text from the wrong keyboard; measured on the public set finglish (tests/data/finglish, MIT).</summary>
public sealed class PersianSoundTests
{
    private static IReadOnlyList<(string Latin, string Persian)> Pairs(string file, [CallerFilePath] string here = "") =>
        [.. File.ReadAllLines(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "data", "finglish", file)).Select(l => l.Trim().Split(' ')).Where(w => w.Length == 2).Select(w => (w[0], w[1]))];

    private static bool ShareKey(string latin, string persian) => PersianSound.KeysOfLatin(latin).Any(k => PersianSound.KeysOfTitle(persian).Contains(" " + k, StringComparison.Ordinal));

    private static SoundFit Fit(string latin, string persian)
    {
        var words = PersianSound.Words(persian).ToArray();
        return words.Concat(words.Zip(words.Skip(1), (a, b) => a + b)).Select(w => PersianSound.Fit(latin, w)).Max();
    }

    private static bool Finds(string latin, string persian) => ShareKey(latin, persian) && Fit(latin, persian) == SoundFit.Whole;

    [Fact]
    public void Every_word_of_the_public_test_set_is_found_by_its_Latin_spelling()
    {
        Pairs("test.txt").Where(p => !Finds(p.Latin, p.Persian)).Should().BeEmpty();
    }

    [Fact]
    public void Of_its_list_of_exceptions_more_than_two_thirds_are_found_and_few_others_with_them()
    {
        // The rest is English by its English sound (captain, کاپیتان) and letters spelt out (bbc).
        var pairs = Pairs("f2p-dict.txt");
        pairs.Count(p => Finds(p.Latin, p.Persian)).Should().BeGreaterThan(pairs.Count * 2 / 3);
        var wrong = pairs.Sum(p => pairs.Count(o => o.Persian != p.Persian && Finds(p.Latin, o.Persian)));
        wrong.Should().BeLessThan(pairs.Count / 3);
    }

    [Theory]
    [InlineData("alireza", "علیرضا")]
    [InlineData("alireza", "علی‌رضا")]
    [InlineData("alireza", "علی رضا")]
    [InlineData("Muhammad", "محمد")]
    [InlineData("mohamad", "محمد")]
    [InlineData("Hussain", "حسین")]
    [InlineData("fateme", "فاطمه")]
    [InlineData("Fatemeh", "فاطمه")]
    [InlineData("saeid", "سعید")]
    [InlineData("khosrow", "خسرو")]
    [InlineData("qasemi", "قاسمی")]
    [InlineData("ghasemi", "قاسمی")]
    [InlineData("zhila", "ژیلا")]
    [InlineData("eshagh", "اسحاق")]
    [InlineData("abdollahzadeh", "عبدالله‌زاده")]
    [InlineData("mousa", "موسی")]
    [InlineData("rezaee", "رضایی")]
    public void Names_are_found_however_they_are_spelt(string latin, string persian) => Finds(latin, persian).Should().BeTrue();

    [Theory]
    [InlineData("ali", "الهه")]
    [InlineData("nader", "نادیا")]
    [InlineData("navid", "ناد")]
    [InlineData("mohammadi", "مهدی")]
    public void Another_name_with_like_consonants_is_not_it(string latin, string persian) => Finds(latin, persian).Should().BeFalse();

    [Fact]
    public void The_beginning_of_a_name_is_enough() => PersianSound.Fit("alir", "علیرضا").Should().Be(SoundFit.Begins);

    [Theory]
    [InlineData("sghl", "سلام")]
    [InlineData("hgdvqh", "الیرضا")]
    [InlineData("\\vdk", "پرین")]
    [InlineData("شمهقثظش", "alireza")]
    public void Text_of_the_wrong_keyboard_is_read_on_the_other(string typed, string meant) => KeyboardLayout.Readings(typed).Should().Contain(meant);
}
