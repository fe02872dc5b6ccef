"""Texts of many scripts for property tests."""

from hypothesis import strategies as st

NAMES = st.one_of(
    st.text("abcdefgklmnoyzKIMÉéøŁłßæ'-. ", max_size=14),
    st.text("김민수이서연박지훈한", max_size=4),
    st.text("さくらゆいガギかがきﾊﾞﾌﾟ", max_size=5),
    st.text("王小明李娜田中木村", max_size=4),
    st.text("محمدعلي", max_size=8),
    st.text("ІванПетров", max_size=8),
    st.text("🙂🎉👩‍🚀é", max_size=3),
    st.text("%_\\*?[]", max_size=4),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6),
)
MIXED_NAMES = st.lists(NAMES, min_size=1, max_size=3).map(" ".join)
LOCAL_PARTS = st.text("abckimz0123456789._+%-", min_size=1, max_size=10).filter(
    lambda text: text[0] not in "." and text[-1] not in "." and ".." not in text
)
EMAILS = st.builds("{}@{}".format, LOCAL_PARTS, st.sampled_from(["gmail.com", "Naver.com", "kim.co.kr", "한국.kr"]))
PHONES = st.sampled_from(["", "+821012345678", "+14155552671", "+442079460958", "+821098765432", "+4930123456"])
