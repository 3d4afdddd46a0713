namespace Crm.BrowserTests;

/// <summary>A routine from its first box to its last stage, as its people live it.</summary>
public abstract class StoryTests(BrowserApp app, StoryTexts texts)
{
    [Fact]
    public async Task The_complaint_routine_of_the_guide_is_built_from_it_published_started_from_a_customers_page_and_carried_out_by_two_users()
    {
        var story = new Story(app, texts);
        (await story.LiveAsync()).Should().BeEmpty();
        story.LatinLeft.Should().BeEmpty();
    }
}

[Collection("Persian")]
public sealed class PersianStory(PersianApp app) : StoryTests(app, StoryTexts.Persian);

[Collection("English")]
public sealed class EnglishStory(EnglishApp app) : StoryTests(app, StoryTexts.English);
